/** An example of a message without headers. */
export const example = <Payload>(name: string, payload: Payload) => ({ name, payload });
