import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CLIENT_ID } from '../../../local/identity/contract.ts';
import { type LocalStageOptions, startLocalStage } from '../../../local/stage.ts';

/** The meter asks for it. */
const Tags = [{ Key: 'building-block', Value: 'event-creation' }];

/** A stack with an API, and a function that answers what it was told of tokens. */
const TEMPLATE = {
  Parameters: { TokenIssuer: { Type: 'String' }, TokenAudience: { Type: 'String' } },
  Resources: {
    Api: { Type: 'AWS::ApiGateway::RestApi', Properties: { Tags } },
    Stage: {
      Type: 'AWS::ApiGateway::Stage',
      Properties: { RestApiId: { Ref: 'Api' }, StageName: 'v1' },
    },
    Authorize: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        Code: { S3Key: 'code.zip' },
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/none',
        Timeout: 10,
        MemorySize: 128,
        Tags,
        Environment: {
          Variables: {
            ISSUER: { Ref: 'TokenIssuer' },
            KEYS: { 'Fn::Join': ['', [{ Ref: 'TokenIssuer' }, '/.well-known/jwks.json']] },
            AUDIENCE: { Ref: 'TokenAudience' },
          },
        },
      },
    },
  },
  Outputs: {
    ApiUrl: {
      Value: {
        'Fn::Join': [
          '',
          ['https://', { Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.amazonaws.com/v1/'],
        ],
      },
    },
  },
};
const CODE = `export const handler = async () => {
  const { ISSUER, KEYS, AUDIENCE } = process.env;
  return { ISSUER, KEYS, AUDIENCE };
};`;

async function start(options: Partial<LocalStageOptions> = {}) {
  const assembly = mkdtempSync(join(tmpdir(), 'identity-test-'));
  onTestFinished(() => rmSync(assembly, { recursive: true }));
  const write = (name: string, content: unknown) =>
    writeFileSync(join(assembly, name), JSON.stringify(content));
  write('manifest.json', {
    artifacts: {
      blue: {
        type: 'aws:cloudformation:stack',
        properties: { templateFile: 'template.json', stackName: 'remote-services-dev-x-blue' },
      },
    },
  });
  write('template.json', TEMPLATE);
  write('blue.assets.json', { files: { code: { source: { path: 'code' } } } });
  mkdirSync(join(assembly, 'code'));
  writeFileSync(join(assembly, 'code', 'index.mjs'), CODE);

  const stage = await startLocalStage({ assembly, port: 0, log: () => undefined, ...options });
  onTestFinished(() => stage.stop());
  const [authorize] = stage.functions.values();
  return { stage, told: await authorize?.invoke(null) };
}

describe('a local stage', () => {
  test('tells its functions of its own identity provider, which it serves beside the API', async () => {
    const { stage, told } = await start();
    const issuer = `${stage.url}/oidc`;
    expect(stage.identity.issuer).toBe(issuer);
    const keys = `${issuer}/.well-known/jwks.json`;
    expect(told).toEqual({
      ok: true,
      payload: { ISSUER: issuer, KEYS: keys, AUDIENCE: CLIENT_ID },
    });
    expect((await fetch(keys)).status).toBe(200);
    expect((await fetch(`${stage.url}/docs/`)).status).toBe(200);
    expect((await fetch(`${stage.url}/anything-else`)).status).toBe(403);
  });

  test('tells them of another one if the parameters say so', async () => {
    const parameters = { TokenIssuer: 'https://issuer.example', TokenAudience: 'others' };
    expect((await start({ parameters })).told).toMatchObject({
      payload: { ISSUER: 'https://issuer.example', AUDIENCE: 'others' },
    });
  });
});
