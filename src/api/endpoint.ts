/**
 * One operation of the control API as data: where it is, what it takes, what it answers. The OpenAPI document and the
 * routes are both made from it, so they cannot part. Input that does not fit its shape never reaches `run`.
 */
import type { RouteConfig } from '@hono/zod-openapi'
import type { z } from 'zod'
import type { ErrorCode, Result } from '../errors.ts'
import type { ApiDeps } from './deps.ts'
import { refusalAnswer } from './shapes.ts'

type Shape = z.ZodObject

export interface EndpointInput<P extends Shape, Q extends Shape, B extends Shape> {
  readonly params: z.output<P>
  readonly query: z.output<Q>
  readonly body: z.output<B>
}

interface Endpoint<P extends Shape, Q extends Shape, B extends Shape, A extends z.ZodType> {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** Below `/api/v1`, parameters in braces. */
  readonly path: string
  readonly summary: string
  readonly params: P
  readonly query: Q
  readonly body?: B
  readonly answer: A
  readonly status?: 200 | 201
  /** Refusals of its own, for the document. */
  readonly refusals: readonly ErrorCode[]
  run(deps: ApiDeps, input: EndpointInput<P, Q, B>): Promise<Result<z.input<A>>>
}

/** An endpoint with its input types folded in, so that a list can hold all of them. */
export interface AnyEndpoint extends Omit<Endpoint<Shape, Shape, Shape, z.ZodType>, 'run'> {
  run(deps: ApiDeps, input: EndpointInput<Shape, Shape, Shape>): Promise<Result<unknown>>
}

/** Checks an endpoint against its own shapes at compile time. */
export function endpoint<P extends Shape, Q extends Shape, B extends Shape, A extends z.ZodType>(
  definition: Endpoint<P, Q, B, A>,
): AnyEndpoint {
  return definition as unknown as AnyEndpoint
}

/** The endpoint as the OpenAPI document shows it. */
export function describeEndpoint(each: AnyEndpoint): RouteConfig {
  const { method, path, summary, params, query, body, answer, status, refusals } = each
  const json = (schema: z.ZodType) => ({ 'application/json': { schema } })
  return {
    method,
    path: `/api/v1${path}`,
    summary,
    security: [{ admin: [] }],
    request: {
      ...(Object.keys(params.shape).length === 0 ? {} : { params }),
      ...(Object.keys(query.shape).length === 0 ? {} : { query }),
      ...(body === undefined ? {} : { body: { required: true, content: json(body) } }),
    },
    responses: {
      [status ?? 200]: { description: 'done', content: json(answer) },
      default: {
        description: ['refused', ...refusals].join('; '),
        content: json(refusalAnswer),
      },
    },
  }
}
