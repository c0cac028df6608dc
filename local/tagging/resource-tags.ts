import * as z from 'zod';
import { AwsError, type Json, type JsonObject } from '../aws.ts';

/** Tags as templates carry them; resources without any have no such property. */
const TemplateTags = z.array(z.object({ Key: z.string(), Value: z.string() })).default([]);
type Tag = z.infer<typeof TemplateTags>[number];

const GetResources = z.strictObject({
  TagFilters: z
    .array(z.strictObject({ Key: z.string(), Values: z.array(z.string()).default([]) }))
    .default([]),
  // Of other types nothing is known here, and an empty answer would not be the truth.
  ResourceTypeFilters: z.tuple([z.literal('sqs')]),
  PaginationToken: z.literal('').optional(),
});

/** Tags of resources, and the search for them of the Resource Groups Tagging API. */
export class ResourceTags {
  readonly #tags = new Map<string, readonly Tag[]>();

  /** @param tags the template's property `Tags` */
  put(arn: string, tags: Json | undefined): void {
    this.#tags.set(arn, TemplateTags.parse(tags));
  }

  /**
   * The action GetResources, with all that was found on one page: a resource needs a tag for each of the filters,
   * with one of its values, if it has any.
   * @throws AwsError InvalidParameterException for what the local stage does not know
   */
  getResources(input: JsonObject): JsonObject {
    const parsed = GetResources.safeParse(input);
    if (!parsed.success) throw new AwsError('InvalidParameterException', z.prettifyError(parsed.error));
    const found = [...this.#tags].filter(
      ([arn, tags]) =>
        arn.startsWith('arn:aws:sqs:') &&
        parsed.data.TagFilters.every(({ Key: key, Values: values }) =>
          tags.some(({ Key, Value }) => Key === key && (values.length === 0 || values.includes(Value))),
        ),
    );
    return {
      PaginationToken: '',
      ResourceTagMappingList: found.map(([ResourceARN, tags]) => ({
        ResourceARN,
        Tags: tags.map((tag) => ({ ...tag })),
      })),
    };
  }
}
