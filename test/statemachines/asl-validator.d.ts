/** The package has no types of its own. */
declare module 'asl-validator' {
  interface Validation {
    readonly isValid: boolean;
    readonly errorsText: (separator?: string) => string;
  }
  /** Changes the definition: it writes the query language into each state. */
  export default function validate(definition: object): Validation;
}
