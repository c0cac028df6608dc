import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { ACCOUNT, ACCOUNT_STACK, AccountStack } from '../lib/account-stack.ts';
import { remoteVehicleServices } from '../lib/remote-vehicle-services.ts';
import { stageConfig } from '../lib/stages.ts';

const app = new App();
const name: unknown = app.node.tryGetContext('stage');
if (typeof name !== 'string') throw new Error('Say which stage: cdk synth -c stage=dev-alice');
const option = (of: string): string | undefined => {
  const value: unknown = app.node.tryGetContext(of);
  return value === undefined ? undefined : String(value);
};
if (name === ACCOUNT) {
  new AccountStack(app, ACCOUNT_STACK, { description: 'Of the account, whatever stages are in it' });
} else {
  remoteVehicleServices(
    app,
    stageConfig(name, { broker: option('broker'), environments: option('environments') }),
  );
}
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
