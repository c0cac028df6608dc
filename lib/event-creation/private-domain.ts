import {
  CfnBasePathMappingV2,
  CfnDomainNameAccessAssociation,
  CfnDomainNameV2,
} from 'aws-cdk-lib/aws-apigateway';
import type { IInterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { DoorParameters } from '../network/door-parameters.ts';
import { onlyThrough, type ServiceApi } from '../rest-api.ts';

/** Where an environment is behind a front door. */
export interface BehindDoor extends DoorParameters {
  /** The environment's own: a domain of the same name stands at the other environment's. */
  readonly endpoint: IInterfaceVpcEndpoint;
}

/**
 * The front door's host name, as a private domain that leads to this environment. So the load balancer hands the same
 * request to either environment, unchanged: the endpoint that it goes through decides which domain answers.
 */
export class PrivateDomain extends Construct {
  constructor(scope: Construct, id: string, props: BehindDoor & { api: ServiceApi }) {
    super(scope, id);
    const { api, endpoint, domainName, certificateArn } = props;
    const { attrDomainNameArn: domainNameArn } = new CfnDomainNameV2(this, 'Domain', {
      domainName,
      certificateArn,
      endpointConfiguration: { types: ['PRIVATE'] },
      securityPolicy: 'TLS_1_2',
      // A policy of its own, beside the API's: without, API Gateway denies everybody.
      policy: onlyThrough(endpoint),
    });
    new CfnBasePathMappingV2(this, 'Mapping', {
      domainNameArn,
      restApiId: api.restApiId,
      stage: api.deploymentStage.stageName,
    });
    new CfnDomainNameAccessAssociation(this, 'Association', {
      domainNameArn,
      accessAssociationSource: endpoint.vpcEndpointId,
      accessAssociationSourceType: 'VPCE',
    });
  }
}
