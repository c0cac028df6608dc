import { RemovalPolicy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EnvironmentStack } from './environment-stack.ts';
import { ExpiryStack } from './expiry/expiry-stack.ts';
import { GameDaysStack } from './game-days/game-days-stack.ts';
import { SharedStack } from './shared-stack.ts';
import { type STACKS, stackName } from './stack-names.ts';
import type { StageConfig } from './stages.ts';
import { tagBuildingBlock, tagEnvironment, tagStack, tagStage } from './tags.ts';
import { TrafficStack } from './traffic-stack.ts';
import { VehicleSimulatorStack } from './vehicle-simulator-stack.ts';

/** One stage of the system: its stacks, in the order in which they depend on each other. */
export function remoteVehicleServices(scope: Construct, stage: StageConfig): void {
  tagStage(scope, stage.name);
  const named = (stack: (typeof STACKS)[number]) => stackName(stage.name, stack);
  const shared = new SharedStack(scope, named('shared'), { stage });
  const { tables, incomingQueue, network } = shared;
  const simulator = stage.vehicleSimulator
    ? new VehicleSimulatorStack(scope, named('vehicle-simulator'), { stage, incomingQueue })
    : undefined;

  const environmentStacks = new Map(
    stage.environments.map((environment) => {
      const stack = new EnvironmentStack(scope, named(environment), {
        stage,
        environment,
        tables,
        simulator,
        demoUsers: shared.demoUsers,
        network,
        // Deleted while commands are under way, it loses messages: see docs/operations.md#removing-an-environment.
        terminationProtection: stage.removalPolicy === RemovalPolicy.RETAIN,
      });
      tagEnvironment(stack, environment);
      return [environment, stack];
    }),
  );

  const traffic = new TrafficStack(scope, named('traffic'), {
    stage,
    tables,
    incomingQueue,
    environments: environmentStacks,
    network,
  });

  const gameDays = shared.faultInjection
    ? new GameDaysStack(scope, named('game-days'), {
        faultInjection: shared.faultInjection,
        system: [...environmentStacks.values(), traffic],
        shared,
        simulator,
      })
    : undefined;

  const expiry =
    stage.expiresAfterDays === undefined
      ? undefined
      : new ExpiryStack(scope, named('expiry'), {
          stage,
          expiresAfterDays: stage.expiresAfterDays,
          apiNames: [...environmentStacks.values()].map(({ eventCreation }) => eventCreation.api.restApiName),
        });

  const system = [shared, simulator, ...environmentStacks.values(), traffic, gameDays];
  for (const stack of [...system, expiry]) {
    if (stack === undefined) continue;
    tagStack(stack, stage.name);
    // Created before all others: a stage whose deployment breaks off goes by itself as well.
    if (expiry !== undefined && stack !== expiry) stack.addStackDependency(expiry);
  }

  for (const [name, stack] of Object.entries({
    persistence: shared,
    'vehicle-simulator': simulator,
    traffic,
    'game-days': gameDays,
    expiry,
  })) {
    if (stack === undefined) continue;
    tagEnvironment(stack, 'shared');
    tagBuildingBlock(stack, name);
  }
}
