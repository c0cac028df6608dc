/**
 * The stacks that a stage may have, each after those that it depends on. The clean-up is the first: so a stage whose
 * deployment broke off expires as well.
 */
export const STACKS = [
  'expiry',
  'shared',
  'vehicle-simulator',
  'blue',
  'green',
  'traffic',
  'game-days',
] as const;

export const stackName = (stage: string, stack: string): string => `remote-services-${stage}-${stack}`;
