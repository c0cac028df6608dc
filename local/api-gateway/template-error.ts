/** A mapping template that cannot be rendered as API Gateway would render it. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}
