/** What a resource is called on the local stage: the last part of a stack's name tells it from the others of its stage. */
export const resourceName = (stackName: string, logicalId: string): string =>
  `${stackName.split('-').at(-1)}-${logicalId}`;
