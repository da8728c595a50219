import { afterEach, describe, expect, it, vi } from 'vitest'

import { api, ledgerLine } from './http'

afterEach(() => vi.unstubAllGlobals())
function answer(status: number, body: unknown): void {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(body), { status })))
}

describe('api', () => {
  it('turns an error body into an error with code and field', async () => {
    answer(409, { code: 'HAS_UNIT', message_zh: '该单位已在承办', message_en: 'has it', field: 'unit' })
    await expect(api.command('hand_over', {})).rejects.toMatchObject({ code: 'HAS_UNIT', field: 'unit' })
  })
  it('says what to do when the body is no error of ours', async () => {
    answer(502, 'bad gateway')
    await expect(api.directory()).rejects.toMatchObject({ code: 'FAILED' })
  })
  it('says that nothing was sent when the server cannot be reached', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')))
    await expect(api.whoAmI()).rejects.toMatchObject({ code: 'OFFLINE' })
  })
  it('reads a ledger line', () => {
    const line = ledgerLine({ seq: 3, at: 7, actor: 'agent1', type: 'LegRang', clause: 'R2.1d', payload: { leg: 'c1.1' } })
    expect(line).toEqual({ seq: 3, at: 7, actor: 'agent1', type: 'LegRang', clause: 'R2.1d', data: { leg: 'c1.1' } })
  })
})
