/** A refusal or failure that a person can act on; `code` is stable, `field` names the input. */
export class CommandError extends Error {
  constructor(
    readonly code: string,
    readonly zh: string,
    readonly en: string,
    readonly field = '',
  ) {
    super(`${code}: ${en}`)
    this.name = 'CommandError'
  }

  /** The error in the language of the screen. */
  say(locale: string): string {
    return locale.startsWith('zh') ? this.zh || this.en : this.en || this.zh
  }

  /** Reads the gateway's error body `{code, message_zh, message_en, field}`. */
  static from(body: unknown, fallback: string): CommandError {
    const b = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
    const text = (key: string): string => (typeof b[key] === 'string' ? (b[key] as string) : '')
    return new CommandError(
      text('code') || 'FAILED',
      text('message_zh') || `操作失败（${fallback}），请重试；仍不行请联系系统管理员`,
      text('message_en') || `It failed (${fallback}): try again, then call the administrator`,
      text('field'),
    )
  }
}

export const errors = {
  offline: () =>
    new CommandError(
      'OFFLINE',
      '没有发出：与服务器的连接中断。请稍候重试，紧急时用话机功能码直接拨打单位',
      'Not sent: no connection to the server. Retry shortly; if urgent dial the unit by its feature code',
    ),
  unknown: () =>
    new CommandError(
      'OUTCOME_UNKNOWN',
      '结果未知：命令发出后连接中断。请先看工单现状，再决定是否重做',
      'Outcome unknown: the connection broke after sending. Look at the case before repeating',
    ),
  timeout: () =>
    new CommandError(
      'TIMEOUT',
      '服务器 10 秒内没有答复。请先看工单现状，再决定是否重做',
      'No answer within 10 s. Look at the case before repeating',
    ),
}
