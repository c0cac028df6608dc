import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Acknowledges a finding of cdk-nag at the construct and all below it, with the reason why it stands. */
export function acknowledge(scope: IConstruct, rule: string, reason: string): void {
  Validations.of(scope).acknowledge({ id: `AwsSolutions::${rule}`, reason });
}

/** X-Ray, CloudWatch's log deliveries and its metrics have no resources: their actions can only be allowed for `*`. */
export const acknowledgeNamelessResources = (role: IConstruct): void =>
  acknowledge(
    role,
    'AwsSolutions-IAM5[Resource::*]',
    'X-Ray, log deliveries and metrics have no resources to name: AWS asks for *.',
  );
