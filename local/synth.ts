import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import * as z from 'zod';
import { remoteVehicleServices } from '../lib/remote-vehicle-services.ts';
import { type StageOptions, stageConfig } from '../lib/stages.ts';

/**
 * Synthesises a stage into a folder: `node local/synth.ts <stage> <folder> <options as JSON>`. The same as `cdk synth`
 * but for cdk-nag and CDK's own rules, which take longer than everything else and run in the tests.
 */
const [, , stage = '', outdir = '', options = '{}'] = process.argv;
const Settings = z.object({ context: z.record(z.string(), z.json()) });
const { context } = Settings.parse(JSON.parse(readFileSync(new URL('../cdk.json', import.meta.url), 'utf8')));

const app = new App({ outdir, context, builtinCloudFormationValidation: false });
remoteVehicleServices(app, stageConfig(stage, JSON.parse(options) as StageOptions));
app.synth();
