import type { ResourceDefinition } from './definition.ts';

interface Node<M> {
  readonly path: string;
  readonly resourceId: string;
  readonly fixed: Map<string, Node<M>>;
  parameter?: { name: string; node: Node<M> };
  greedy?: { name: string; node: Node<M> };
  readonly methods: Map<string, M>;
}

export interface Match<M> {
  readonly method: M;
  readonly pathParameters: ReadonlyMap<string, string>;
}

const NO_PARAMETERS: ReadonlyMap<string, string> = new Map();

/**
 * Finds the method for a request: a fixed path part goes before `{name}`, that before `{name+}`; a resource
 * without methods is no target. A slash at the end plays no part.
 */
export class Routes<M> {
  readonly #nodes = new Map<string, Node<M>>();
  readonly #root: Node<M>;
  /** Paths without parameters, found in one step: most requests are for such a path. */
  readonly #fixedPaths = new Map<string, Node<M>>();

  /** @throws Error naming the resource when the tree is not one API Gateway would accept */
  constructor(rootResourceId: string, resources: readonly ResourceDefinition[]) {
    this.#root = newNode('/', rootResourceId);
    this.#nodes.set(rootResourceId, this.#root);
    const waiting = new Set(resources);
    while (waiting.size > 0) {
      const before = waiting.size;
      for (const resource of waiting) {
        const parent = this.#nodes.get(resource.parentId);
        if (parent === undefined) continue;
        this.#nodes.set(resource.id, addChild(parent, resource));
        waiting.delete(resource);
      }
      if (waiting.size < before) continue;
      const [orphan] = waiting;
      throw new Error(`resource ${orphan?.pathPart}: its parent ${orphan?.parentId} does not exist`);
    }
  }

  /** The path of a resource as written, for example `/vehicles/{vin}`; `undefined` for an unknown id. */
  pathOf(resourceId: string): string | undefined {
    return this.#nodes.get(resourceId)?.path;
  }

  /** @throws Error when the resource has the method already */
  add(resourceId: string, httpMethod: string, method: M): void {
    const node = this.#nodes.get(resourceId) as Node<M>;
    if (node.methods.has(httpMethod)) throw new Error(`${httpMethod} ${node.path}: defined twice`);
    node.methods.set(httpMethod, method);
    if (!node.path.includes('{')) this.#fixedPaths.set(node.path, node);
  }

  /**
   * @param path as sent, without the query string
   * @throws URIError for a path that is not percent-encoded as it should be
   */
  find(httpMethod: string, path: string): Match<M> | undefined {
    const known = this.#fixedPaths.get(path);
    if (known !== undefined) return toMatch(known, httpMethod, NO_PARAMETERS);
    if (!path.startsWith('/')) return undefined;
    const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(1, -1) : path.slice(1);
    const parts = trimmed === '' ? [] : trimmed.split('/').map(decode);
    const parameters = new Map<string, string>();
    const node = descend(this.#root, parts, 0, parameters);
    return node && toMatch(node, httpMethod, parameters);
  }
}

function newNode<M>(path: string, resourceId: string): Node<M> {
  return { path, resourceId, fixed: new Map(), methods: new Map() };
}

function addChild<M>(parent: Node<M>, { id, pathPart }: ResourceDefinition): Node<M> {
  const path = `${parent.path === '/' ? '' : parent.path}/${pathPart}`;
  const node = newNode<M>(path, id);
  const name = /^\{([^{}+]+)(\+?)\}$/.exec(pathPart);
  if (name === null) {
    if (/[{}/]/.test(pathPart)) throw new Error(`resource ${path}: not a path part`);
    if (parent.fixed.has(pathPart)) throw new Error(`resource ${path}: defined twice`);
    parent.fixed.set(pathPart, node);
    return node;
  }
  const kind = name[2] === '+' ? 'greedy' : 'parameter';
  if (parent[kind] !== undefined) {
    throw new Error(`resource ${path}: a sibling has a path parameter already`);
  }
  parent[kind] = { name: name[1] as string, node };
  return node;
}

function descend<M>(
  node: Node<M>,
  parts: readonly string[],
  at: number,
  parameters: Map<string, string>,
): Node<M> | undefined {
  if (at === parts.length) return node.methods.size > 0 ? node : undefined;
  const part = parts[at] as string;
  const fixed = node.fixed.get(part);
  if (fixed !== undefined) {
    const found = descend(fixed, parts, at + 1, parameters);
    if (found !== undefined) return found;
  }
  if (node.parameter !== undefined && part !== '') {
    const found = descend(node.parameter.node, parts, at + 1, parameters);
    if (found !== undefined) {
      parameters.set(node.parameter.name, part);
      return found;
    }
  }
  if (node.greedy === undefined || node.greedy.node.methods.size === 0) return undefined;
  parameters.set(node.greedy.name, parts.slice(at).join('/'));
  return node.greedy.node;
}

function toMatch<M>(
  node: Node<M>,
  httpMethod: string,
  pathParameters: ReadonlyMap<string, string>,
): Match<M> | undefined {
  const method = node.methods.get(httpMethod) ?? node.methods.get('ANY');
  return method && { method, pathParameters };
}

function decode(part: string): string {
  return part.includes('%') ? decodeURIComponent(part) : part;
}
