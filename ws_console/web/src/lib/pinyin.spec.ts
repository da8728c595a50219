import { describe, expect, it } from 'vitest'

import { unit } from '@/testing/samples'
import { chooseUnits } from './pinyin'

const UNITS = [
  unit('gas_xc', '宣城燃气公司', 'xcrqgs', { district: 'xuanzhou', categories: ['E2.GAS'], feature_code: '01' }),
  unit('gas_gd', '广德燃气公司', 'gdrqgs', { district: 'guangde', categories: ['E2.GAS'] }),
  unit('gas', '燃气公司', 'rqgs'),
  unit('bureau', '市应急管理局', 'syjglj'),
  unit('bank', '重庆路|银行', 'cqlyh|zqlyh'),
]
const ids = (typed: string, wanted = {}) => chooseUnits(UNITS, typed, wanted).map((u) => u.id)

describe('chooseUnits', () => {
  it('finds units by initials, those that begin so first', () => {
    expect(ids('rqgs')).toEqual(['gas', 'gas_gd', 'gas_xc'])
  })
  it('prefers the category and the district of the matter', () => {
    expect(ids('rqgs', { category: 'E2.GAS', district: 'guangde' })).toEqual(['gas', 'gas_gd', 'gas_xc'])
    expect(ids('', { category: 'E2.GAS', district: 'guangde' })[0]).toBe('gas_gd')
  })
  it('accepts gaps, capitals and spaces', () => {
    expect(ids('YJ GLJ')).toEqual(['bureau'])
    expect(ids('sglj')).toEqual(['bureau'])
  })
  it('finds by Chinese, by feature code and by a second reading', () => {
    expect(ids('燃气')[0]).toBe('gas')
    expect(ids('01')).toEqual(['gas_xc'])
    expect(ids('zqlyh')).toEqual(['bank'])
  })
  it('finds nothing for nonsense, and all for nothing', () => {
    expect(ids('zzz')).toEqual([])
    expect(ids('')).toHaveLength(5)
    expect(chooseUnits(UNITS, '', {}, 2)).toHaveLength(2)
  })
})
