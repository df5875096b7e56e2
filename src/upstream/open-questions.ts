/**
 * The open questions of a server on one stream or channel: put to the client they belong to, answered, withdrawn,
 * bounded in number. Whatever may not be put is answered with an error, and counted.
 */
import { limits } from '../limits.ts'
import type { JsonObject } from '../wire/json-types.ts'
import type { RpcError } from '../wire/rpc.ts'
import { answerText } from './message.ts'
import { askCaller, isQuestion, noAddressee, pong, problemOfQuestion, tooManyQuestions } from './question.ts'
import type { QuestionTaker, UpstreamCounters } from './upstream.ts'

/** Whom a question is put to. */
export interface Asked {
  readonly capabilities: JsonObject
  readonly onRequest: QuestionTaker
  readonly onUndeclared?: ((method: string, params: JsonObject) => void) | undefined
  /** Called with 1 when a question opens and with -1 when it is answered. */
  readonly onWaiting?: (by: 1 | -1) => void
  /** Who it is, to withdraw all its questions at once. */
  readonly owner?: unknown
}

interface Open {
  readonly controller: AbortController
  readonly owner: unknown
}

export class OpenQuestions {
  readonly #counters: UpstreamCounters
  readonly #post: (text: string) => void
  readonly #open = new Map<string | number, Open>()

  /** `post` sends our answers to the server. */
  constructor(counters: UpstreamCounters, post: (text: string) => void) {
    this.#counters = counters
    this.#post = post
  }

  /** Puts a question to `asked`; without one it is refused. `ping` is answered here. */
  put(id: string | number, method: string, params: JsonObject, asked: Asked | undefined): void {
    if (method === 'ping') {
      this.#post(answerText(id, pong))
      return
    }
    const problem = this.#problemOf(id, method, params, asked)
    if (problem !== undefined || asked === undefined) this.refuse(id, problem ?? noAddressee)
    else this.#ask(id, method, params, asked)
  }

  /** Answers a question with an error. */
  refuse(id: string | number, problem: RpcError): void {
    this.#counters.refusedQuestions++
    this.#post(answerText(id, { error: problem }))
  }

  /** The server takes a question back. False: it had none of this id. */
  withdraw(id: unknown): boolean {
    const open = this.#open.get(id as string | number)
    open?.controller.abort()
    return open !== undefined
  }

  /** Nobody waits any more for the questions of `owner`; without one, for any. */
  abandon(owner?: unknown): void {
    for (const open of this.#open.values()) if (owner === undefined || open.owner === owner) open.controller.abort()
  }

  #problemOf(id: string | number, method: string, params: JsonObject, asked: Asked | undefined): RpcError | undefined {
    if (!isQuestion(method)) return problemOfQuestion(method, params, {})
    if (asked === undefined || this.#open.has(id)) return noAddressee
    if (this.#open.size >= limits.upstreamQuestionsMax) return tooManyQuestions
    const undeclared = problemOfQuestion(method, params, asked.capabilities)
    if (undeclared !== undefined) asked.onUndeclared?.(method, params)
    return undeclared
  }

  #ask(id: string | number, method: string, params: JsonObject, asked: Asked): void {
    const controller = new AbortController()
    this.#open.set(id, { controller, owner: asked.owner })
    asked.onWaiting?.(1)
    void askCaller(asked.onRequest, method, params, controller.signal).then(answer => {
      this.#open.delete(id)
      asked.onWaiting?.(-1)
      this.#post(answerText(id, answer))
    })
  }
}
