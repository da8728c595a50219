/**
 * What the agent has of a call before it becomes a case: the reader's proposal, and what the
 * agent set otherwise. A fact that stands (casualties, trapped, gas, people ill) makes the matter
 * a major emergency, and nobody lowers the class while it stands (decision 19). Raising a class
 * is immediate, lowering it asks first.
 */
import type { CaseClass, Reading } from '@/api/types'

export interface Fact {
  /** The server's name of the fact. */
  id: string
  /** The hazard word sent when only the agent knows of it. */
  hazard: string
  category: string
}

/** Facts that always mean a major emergency (Q-R2.1e-02). */
export const FACTS: readonly Fact[] = [
  { id: 'CASUALTIES', hazard: '人员伤亡', category: 'E2.CAS' },
  { id: 'TRAPPED', hazard: '人员被困', category: 'E2.LIFT' },
  { id: 'GAS_SMELL', hazard: '燃气', category: 'E2.GAS' },
  { id: 'ILL_AFTER_MEAL', hazard: '多人发病', category: 'E2.FOOD' },
  { id: 'LIFE_SUPPORT', hazard: '生命支持设备断电', category: 'E2.OTHER' },
  { id: 'DANGER', hazard: '其他险情', category: 'E2.OTHER' },
]

/** The server takes no longer reason. */
const WHY_LIMIT = 300

export const CLASSES: readonly CaseClass[] = [
  'EMERGENCY_MAJOR',
  'EMERGENCY_GENERAL',
  'ORDINARY',
  'CONSULT',
]
export const urgency = (c: CaseClass): number => CLASSES.length - 1 - CLASSES.indexOf(c)

export interface Draft {
  call: string | null
  text: string
  reading: Reading | null
  caseClass: CaseClass | null
  category: string | null
  district: string | null
  unit: string | null
  township: string
  address: string
  requesterName: string
  anonymous: boolean
  exercise: boolean
  casualties: number | null
  /** Facts the agent switched: id → stands or not. */
  facts: Record<string, boolean>
  /** The case from which the fields were filled, once the call has one. */
  seededFrom: string
  /** Facts the server has been told of. */
  told: Record<string, boolean>
  /** A lower class that the agent wants and has still to confirm. */
  lowerTo: CaseClass | null
  /** A proposed lower class that the agent did not take. */
  declined: CaseClass | null
}

export const emptyDraft = (call: string | null): Draft => ({
  call,
  text: '',
  reading: null,
  caseClass: null,
  category: null,
  district: null,
  unit: null,
  township: '',
  address: '',
  requesterName: '',
  anonymous: false,
  exercise: false,
  casualties: null,
  facts: {},
  seededFrom: '',
  told: {},
  lowerTo: null,
  declined: null,
})

export const readerSees = (reading: Reading | null, fact: Fact): boolean =>
  (reading?.facts ?? []).some((f) => f.kind === fact.id)

export const factStands = (d: Draft, fact: Fact): boolean =>
  d.facts[fact.id] ?? readerSees(d.reading, fact)

export const casualtiesOf = (d: Draft): number => d.casualties ?? d.reading?.casualties ?? 0

/** The hazards sent: what the reader saw, and what the agent knows besides. */
export function hazardsOf(d: Draft): string[] {
  const denied = FACTS.filter((f) => d.facts[f.id] === false).map((f) => f.hazard)
  const seen = (d.reading?.hazards ?? []).filter((h) => !denied.includes(h))
  const added = FACTS.filter((f) => d.facts[f.id] === true).map((f) => f.hazard)
  return [...new Set([...seen, ...added])]
}

/** Whether a fact stands that forbids a lower class. `by` names it. */
export function standingFact(d: Draft): { stands: boolean; by: string } {
  const fact = FACTS.find((f) => factStands(d, f))
  if (fact) return { stands: true, by: fact.id }
  // A number of people given by the agent is a fact of its own.
  return d.casualties !== null && d.casualties > 0 ? { stands: true, by: 'CASUALTIES' } : { stands: false, by: '' }
}

export function classOf(d: Draft): CaseClass | null {
  if (standingFact(d).stands) return 'EMERGENCY_MAJOR'
  return d.caseClass ?? d.reading?.class ?? null
}

/** The category sent: the agent's, else the reader's where it fits the class, else the fact's. */
export function categoryOf(d: Draft, classByCategory: ReadonlyMap<string, CaseClass>): string | null {
  const cls = classOf(d)
  const fits = (code: string | null | undefined): code is string =>
    !!code && classByCategory.get(code) === cls
  if (d.category !== null && fits(d.category)) return d.category
  if (fits(d.reading?.category)) return d.reading?.category ?? null
  const fact = FACTS.find((f) => factStands(d, f) && fits(f.category))
  if (fact) return fact.category
  if (cls === 'EMERGENCY_MAJOR' && casualtiesOf(d) > 0) return 'E2.CAS'
  return null
}

export const districtOf = (d: Draft): string | null => d.district ?? d.reading?.district ?? null

/** Sets the class: at once when it rises, as a question when it falls. */
export function askClass(d: Draft, wanted: CaseClass): 'set' | 'confirm' | 'fact_stands' {
  const now = classOf(d)
  if (now === null || urgency(wanted) >= urgency(now)) {
    d.caseClass = wanted
    d.lowerTo = null
    return 'set'
  }
  if (standingFact(d).stands) return 'fact_stands'
  d.lowerTo = wanted
  return 'confirm'
}

/** The lower class that waits for a person: the agent's own wish, else the reader's proposal. */
export function lowerAsked(d: Draft): CaseClass | null {
  if (d.lowerTo !== null) return d.lowerTo
  const proposed = d.reading?.proposed ?? null
  return proposed !== null && d.caseClass === null && proposed !== d.declined ? proposed : null
}

export function declineLower(d: Draft): void {
  d.declined = lowerAsked(d)
  d.lowerTo = null
}

export function confirmLower(d: Draft): void {
  if (d.lowerTo === null) return
  d.caseClass = d.lowerTo
  d.lowerTo = null
}

/** Takes a new reading; people hurt, ill and trapped are counted together. */
export function takeReading(d: Draft, reading: Reading): void {
  const people: unknown = reading.casualties
  const casualties =
    typeof people === 'object' && people !== null
      ? Object.values(people).reduce((sum: number, n) => sum + Number(n), 0)
      : Number(people ?? 0)
  d.reading = {
    ...reading,
    casualties,
    hazards: reading.hazards ?? [],
    evidence: reading.evidence ?? [],
    assisting: reading.assisting ?? [],
    unit: reading.unit ?? null,
    facts: reading.facts ?? [],
    advice: reading.advice ?? '',
  }
}

/** Why it is this class, for the ledger: the rules' words first, then what the agent changed. */
export function whyOf(d: Draft): string {
  const parts = (d.reading?.evidence ?? [])
    .filter((e) => e.words !== '' && !e.effect.startsWith('discounted') && e.effect !== 'against')
    .slice(0, 4)
    .map((e) => `${e.rule}「${e.words}」${e.clause ? `(${e.clause})` : ''}`)
  const changed: string[] = []
  for (const fact of FACTS) {
    const set = d.facts[fact.id]
    if (set !== undefined && set !== readerSees(d.reading, fact)) {
      changed.push(set ? `有${fact.hazard}` : `无${fact.hazard}`)
    }
  }
  if (d.casualties !== null && d.casualties !== (d.reading?.casualties ?? 0)) {
    changed.push(`伤亡${d.casualties}人`)
  }
  if (d.caseClass !== null && d.caseClass !== d.reading?.class) changed.push(`类别改为${d.caseClass}`)
  if (d.category !== null && d.category !== d.reading?.category) changed.push(`事项改为${d.category}`)
  if (d.unit !== null && d.unit !== d.reading?.unit?.id) changed.push('单位由坐席指定')
  if (changed.length > 0) parts.push(`坐席更正：${changed.join('，')}`)
  return parts.join('；').slice(0, WHY_LIMIT)
}
