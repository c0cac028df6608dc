import * as z from 'zod';

/**
 * Reads the environment variables that a function declares, once, at its cold start.
 * @throws Error that names each variable that is missing or malformed
 */
export function readEnvironment<Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> {
  const result = z.object(shape).safeParse(process.env);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new Error(`Environment variables of this function are wrong. ${faults.join('; ')}`);
}
