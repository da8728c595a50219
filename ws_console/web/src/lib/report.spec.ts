import { describe, expect, it } from 'vitest'

import { emptyReport, missing, perfunctory, readObjection } from './report'

const full = { who_responds: '测试甲', action_taken: '已关阀', arrival: '已到', situation: '无伤亡', next_report_at: 1, final: false }

describe('report', () => {
  it('needs five fields; a final one no next time', () => {
    expect(missing(emptyReport())).toHaveLength(5)
    expect(missing(full)).toEqual([])
    expect(missing({ ...full, next_report_at: null })).toEqual(['next_report_at'])
    expect(missing({ ...full, next_report_at: null, final: true })).toEqual([])
    expect(missing({ ...full, arrival: ' 。' })).toEqual(['arrival'])
  })
  it('objects to a quoted phrase, whatever the punctuation', () => {
    expect(perfunctory({ ...full, action_taken: '正在联系、处理中。', situation: '' })).toBe('正在联系处理中')
    expect(perfunctory({ ...full, action_taken: '已解释', situation: '将现场核实' })).toBe('已解释')
  })
  it('does not object when something of substance is said too', () => {
    expect(perfunctory({ ...full, action_taken: '正在联系处理中', situation: '已疏散12人' })).toBe('')
  })
  it('reads the server\'s objection', () => {
    expect(readObjection('INCOMPLETE:arrival,situation')).toEqual({ kind: 'INCOMPLETE', detail: ['arrival', 'situation'] })
    expect(readObjection('PERFUNCTORY:已解释')).toEqual({ kind: 'PERFUNCTORY', detail: ['已解释'] })
    expect(readObjection('')).toEqual({ kind: '', detail: [] })
  })
})
