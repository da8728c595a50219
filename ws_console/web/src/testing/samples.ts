/** Views as the gateway sends them, for tests; every person and number is fictitious. */
import type {
  AlarmView,
  AssignmentView,
  CaseView,
  ClockView,
  DirectoryUnit,
  Frame,
  LegView,
  Reading,
} from '@/api/types'

export const T0 = Date.UTC(2026, 10, 22, 12, 0, 0)
const MINUTE = 60_000

export const clockView = (over: Partial<ClockView> = {}): ClockView => ({
  id: 'c1/a1/clock',
  basis_at: T0,
  due_at: T0 + 10 * MINUTE,
  ceiling_at: T0 + 20 * MINUTE,
  version: 1,
  state: 'running',
  held: false,
  stopped_at: null,
  stop_reason: '',
  next_mark_at: null,
  marks: [],
  ...over,
})

export const assignmentView = (over: Partial<AssignmentView> = {}): AssignmentView => ({
  id: 'c1/a1',
  unit: 'gas_xc',
  unit_name: '测试燃气公司',
  role: 'lead',
  means: 'three_way',
  state: 'delivered',
  active: true,
  handed_over_at: T0,
  delivered_at: T0,
  acknowledged_at: null,
  acknowledged_by: null,
  acknowledged_how: '',
  report_begun_at: null,
  return_requested_at: null,
  extension_requested_at: null,
  clock: clockView(),
  callees: [],
  feedback: [],
  ...over,
})

export const caseView = (over: Partial<CaseView> = {}): CaseView => ({
  id: 'c1',
  number: '20261122-000001',
  seq: 1,
  class: 'EMERGENCY_MAJOR',
  category: 'E2.GAS',
  category_name: '燃气泄漏',
  district: 'xuanzhou',
  district_name: '宣州区',
  township: '',
  address: '',
  text: '',
  requester: { number: '19900001234', name: '', anonymous: false },
  casualties: 0,
  hazards: [],
  why: '',
  source: 'phone',
  state: 'handed_over',
  open: true,
  exercise: false,
  time_scale: 1,
  accepted_at: T0,
  accepted_by: 'agent1',
  taken_over_by: '',
  line: '',
  clock: clockView({ id: 'c1/case' }),
  least_due_at: T0 + 10 * MINUTE,
  assignments: [assignmentView()],
  alarms: [],
  call: null,
  ...over,
})

export const legView = (over: Partial<LegView> = {}): LegView => ({
  id: 'c1.1',
  assignment: 'c1/a1',
  contact: 'gas_xc:duty',
  name: '测试值班室',
  number: '05635550101',
  purpose: 'handover',
  mode: 'key',
  about: 'A0',
  state: 'placed',
  placed_at: T0,
  ringing_at: null,
  answered_at: null,
  joined_at: null,
  left_at: null,
  outcome: '',
  ...over,
})

export const alarmView = (kind: string, over: Partial<AlarmView> = {}): AlarmView => ({
  id: `c1/${kind}`,
  kind,
  priority: 1,
  assignment: 'c1/a1',
  action: '请决定',
  role: 'supervisor',
  raised_at: T0,
  ...over,
})

export const reading = (over: Partial<Reading> = {}): Reading => ({
  class: 'EMERGENCY_MAJOR',
  category: 'E2.GAS',
  district: 'xuanzhou',
  probability: 0.93,
  doubt: false,
  casualties: 0,
  hazards: ['燃气'],
  facts: [{ kind: 'GAS_SMELL', words: '臭鸡蛋味' }],
  evidence: [{ words: '臭鸡蛋味', rule: 'gas-smell', clause: 'R2.1e', effect: 'fact' }],
  unit: { id: 'gas_xc', name: '测试燃气公司' },
  assisting: [],
  advice: '到室外等候',
  ...over,
})

export const unit = (id: string, name: string, initials: string, over: Partial<DirectoryUnit> = {}): DirectoryUnit => ({
  id,
  name,
  initials,
  kind: 'utility',
  level: 'city',
  district: null,
  categories: [],
  feature_code: '',
  ...over,
})

export const frame = (kind: string, seq: number, prev: number, key = 'c1', data: unknown = {}): Frame => ({
  kind,
  seq,
  prev,
  key,
  data,
})
