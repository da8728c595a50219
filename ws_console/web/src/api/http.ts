import { CommandError, errors } from './errors'
import type { CaseRow, CaseView, Directory, LedgerLine, RecordingView, SessionUser } from './types'

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response
  const init: RequestInit = { method, credentials: 'same-origin' }
  if (body !== undefined) {
    init.headers = { 'content-type': 'application/json' }
    init.body = JSON.stringify(body)
  }
  try {
    response = await fetch(path, init)
  } catch {
    throw errors.offline()
  }
  const text = await response.text()
  let parsed: unknown = null
  try {
    parsed = text ? JSON.parse(text) : null
  } catch {
    parsed = null
  }
  if (!response.ok) throw CommandError.from(detail(parsed), `HTTP ${response.status}`)
  return parsed as T
}

/** Some frameworks wrap an error body once more. */
function detail(body: unknown): unknown {
  if (typeof body === 'object' && body !== null && 'detail' in body) {
    return (body as { detail: unknown }).detail
  }
  return body
}

function list<T>(body: unknown, key: string): T[] {
  if (Array.isArray(body)) return body as T[]
  const inner = (body as Record<string, unknown> | null)?.[key]
  return Array.isArray(inner) ? (inner as T[]) : []
}

/** A ledger line as the gateway renders it: the event's fields stand in `payload`. */
export function ledgerLine(raw: Record<string, unknown>): LedgerLine {
  const nested = [raw.payload, raw.data, raw.event].find((v) => typeof v === 'object' && v !== null)
  const named = [raw.type, raw.event, raw.kind, raw.name].find((v) => typeof v === 'string')
  return {
    seq: Number(raw.seq ?? 0),
    at: Number(raw.at ?? 0),
    actor: String(raw.actor ?? ''),
    type: String(named ?? (nested as { type?: string } | undefined)?.type ?? ''),
    clause: String(raw.clause ?? ''),
    data: (nested ?? raw) as Record<string, unknown>,
  }
}

export const api = {
  whoAmI: () => request<SessionUser>('GET', '/api/session'),
  signIn: (user: string, password: string) =>
    request<SessionUser>('POST', '/api/session', { user, password }),
  signOut: () => request<null>('DELETE', '/api/session'),
  directory: () => request<Directory>('GET', '/api/directory'),
  command: <T>(name: string, args: object) =>
    request<T>('POST', `/api/commands/${encodeURIComponent(name)}`, args),
  caseView: (id: string) => request<CaseView>('GET', `/api/cases/${encodeURIComponent(id)}`),
  ledger: async (id: string): Promise<LedgerLine[]> => {
    const body = await request<unknown>('GET', `/api/cases/${encodeURIComponent(id)}/ledger`)
    return list<Record<string, unknown>>(body, 'events').map(ledgerLine)
  },
  recordings: (id: string) =>
    request<RecordingView[]>('GET', `/api/recordings?${new URLSearchParams({ case: id })}`),
  findCases: async (query: Record<string, string>): Promise<CaseRow[]> => {
    const body = await request<unknown>('GET', `/api/cases?${new URLSearchParams(query)}`)
    return list<CaseRow>(body, 'cases')
  },
}
