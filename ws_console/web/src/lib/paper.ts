/** A paper form of an emergency, as it is typed in: times are Beijing time, whatever this machine's zone is. */
import type { CaseClass } from '@/api/types'

export interface PaperTryDraft {
  at: string
  name: string
  number: string
  reached: boolean
}

export interface PaperDraft {
  form: string
  calledAt: string
  acceptedAt: string
  acceptedBy: string
  requesterNumber: string
  requesterName: string
  caseClass: CaseClass
  category: string
  district: string
  township: string
  address: string
  text: string
  casualties: number
  unit: string
  handedOverAt: string
  calls: PaperTryDraft[]
  acknowledgedAt: string
  acknowledgedBy: string
  reportedAt: string
  whoResponds: string
  actionTaken: string
  arrival: string
  situation: string
  nextReportAt: string
  final: boolean
}

export const emptyPaper = (): PaperDraft => ({
  form: '',
  calledAt: '',
  acceptedAt: '',
  acceptedBy: '',
  requesterNumber: '',
  requesterName: '',
  caseClass: 'EMERGENCY_MAJOR',
  category: '',
  district: '',
  township: '',
  address: '',
  text: '',
  casualties: 0,
  unit: '',
  handedOverAt: '',
  calls: [],
  acknowledgedAt: '',
  acknowledgedBy: '',
  reportedAt: '',
  whoResponds: '',
  actionTaken: '',
  arrival: '',
  situation: '',
  nextReportAt: '',
  final: false,
})

/** `2026-11-22T15:04` or with seconds, in Beijing → epoch milliseconds; null when empty. */
export function instantOf(local: string): number | null {
  if (local === '') return null
  const at = Date.parse(`${local.length === 16 ? `${local}:00` : local}+08:00`)
  return Number.isNaN(at) ? null : at
}

/** The arguments of `enter_paper`; the server checks the order of times and names the field. */
export function paperArgs(d: PaperDraft): Record<string, unknown> {
  return {
    form: d.form,
    class: d.caseClass,
    category: d.category || null,
    district: d.district || null,
    called_at: instantOf(d.calledAt),
    accepted_at: instantOf(d.acceptedAt),
    accepted_by: d.acceptedBy,
    township: d.township,
    address: d.address,
    text: d.text,
    casualties: d.casualties,
    requester_name: d.requesterName,
    requester_number: d.requesterNumber,
    unit: d.unit || null,
    handed_over_at: instantOf(d.handedOverAt),
    calls: d.calls
      .filter((c) => c.at !== '')
      .map((c) => ({ called_at: instantOf(c.at), name: c.name, number: c.number, reached: c.reached })),
    acknowledged_at: instantOf(d.acknowledgedAt),
    acknowledged_by: d.acknowledgedBy,
    reported_at: instantOf(d.reportedAt),
    who_responds: d.whoResponds,
    action_taken: d.actionTaken,
    arrival: d.arrival,
    situation: d.situation,
    next_report_at: instantOf(d.nextReportAt),
    final: d.final,
  }
}
