/**
 * The unit's report of five fields, checked while it is written (Q-R2.2b-02).
 *
 * The server judges; this only spares the agent a round: what is missing, and a phrase that is
 * no report. The four phrases are those the regulation quotes (R2.2b).
 */
export interface ReportDraft {
  who_responds: string
  action_taken: string
  arrival: string
  situation: string
  next_report_at: number | null
  final: boolean
}

export const BANNED = ['正在联系处理中', '已前去执法', '将现场核实', '已解释'] as const
export const TEXT_FIELDS = ['who_responds', 'action_taken', 'arrival', 'situation'] as const

export const emptyReport = (): ReportDraft => ({
  who_responds: '',
  action_taken: '',
  arrival: '',
  situation: '',
  next_report_at: null,
  final: false,
})

/** Letters and digits only: white space and punctuation do not make a report. */
export const bare = (text: string): string => text.normalize('NFKC').replace(/[^\p{L}\p{N}]/gu, '')

export function missing(draft: ReportDraft): string[] {
  const found: string[] = TEXT_FIELDS.filter((name) => bare(draft[name]) === '')
  if (draft.next_report_at === null && !draft.final) found.push('next_report_at')
  return found
}

/** The banned phrase that is the whole substance of the report, or ''. */
export function perfunctory(draft: ReportDraft): string {
  const said = [draft.action_taken, draft.situation].map(bare).filter((t) => t !== '')
  const hollow = said.filter((t) => (BANNED as readonly string[]).includes(t))
  return said.length > 0 && hollow.length === said.length ? (hollow[0] ?? '') : ''
}

/** The server's objection `PERFUNCTORY:<phrase>` or `INCOMPLETE:<fields>`, taken apart. */
export function readObjection(text: string): { kind: '' | 'PERFUNCTORY' | 'INCOMPLETE'; detail: string[] } {
  const [kind, rest = ''] = text.split(':', 2)
  if (kind === 'PERFUNCTORY') return { kind, detail: [rest] }
  if (kind === 'INCOMPLETE') return { kind, detail: rest.split(',').filter(Boolean) }
  return { kind: '', detail: text ? [text] : [] }
}
