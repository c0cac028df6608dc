import type { Creator, Definitions } from '../resources.ts';

/** Private custom domains as templates define them. */
export const privateDomains = ({ privateDomains }: Definitions): Record<string, Creator> => ({
  'AWS::ApiGateway::DomainNameV2': ({ name, properties }) => {
    const arn = privateDomains.createDomain(name, properties);
    return { ref: arn, attributes: { DomainNameArn: arn, DomainNameId: name } };
  },
  'AWS::ApiGateway::BasePathMappingV2': ({ name, properties }) => {
    privateDomains.map(properties);
    return { ref: name, attributes: { BasePathMappingArn: name } };
  },
  'AWS::ApiGateway::DomainNameAccessAssociation': ({ name, properties }) => {
    privateDomains.associate(properties);
    return { ref: name, attributes: { DomainNameAccessAssociationArn: name } };
  },
});
