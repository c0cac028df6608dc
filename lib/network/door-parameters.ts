import { CfnParameter, type Stack } from 'aws-cdk-lib';

/** What whoever deploys a front door brings along. */
export interface DoorParameters {
  readonly domainName: string;
  readonly certificateArn: string;
}

/** The same in each stack of a stage: the domain of each environment is called as the door is. */
export function doorParameters(stack: Stack): DoorParameters {
  const domainName = new CfnParameter(stack, 'DomainName', {
    description: 'Host name of the front door, which apps call',
    // In lower case, as clients send it and API Gateway compares it.
    allowedPattern: '^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$',
  });
  const certificateArn = new CfnParameter(stack, 'CertificateArn', {
    description: 'ARN of a certificate of ACM in this region that covers the host name',
    allowedPattern: '^arn:aws[a-z-]*:acm:[a-z0-9-]+:\\d{12}:certificate/.+$',
  });
  return { domainName: domainName.valueAsString, certificateArn: certificateArn.valueAsString };
}
