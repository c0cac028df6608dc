import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { remoteVehicleServices } from '../lib/remote-vehicle-services.ts';
import { stageConfig } from '../lib/stages.ts';

const app = new App();
const name: unknown = app.node.tryGetContext('stage');
if (typeof name !== 'string') throw new Error('Say which stage: cdk synth -c stage=dev-alice');
const broker: unknown = app.node.tryGetContext('broker');
remoteVehicleServices(app, stageConfig(name, { broker: broker === undefined ? undefined : String(broker) }));
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
