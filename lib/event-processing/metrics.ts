import type { StageConfig } from '../stages.ts';

/** Of the metrics that functions write. */
export const metricsNamespace = ({ name }: Pick<StageConfig, 'name'>): string =>
  `RemoteVehicleServices/${name}`;
