import { defineStore } from 'pinia'
import { computed, reactive, ref, watch } from 'vue'

import { isEmergency } from '@/lib/countdown'
import { emptyDraft, takeReading, type Draft } from '@/lib/intake'
import { useCalls } from './calls'
import { useCases } from './cases'
import { useSession } from './session'

export type Sheet = 'intake' | 'report' | 'line'
const DRAFTS_KEPT = 6

/** The agent's desk: which call, what has been written of it, and which case is in view. */
export const useDesk = defineStore('desk', () => {
  const calls = useCalls()
  const cases = useCases()
  const session = useSession()

  const drafts = reactive(new Map<string, Draft>())
  /** Calls whose text was here already; an emptied box stays empty. */
  const touched = new Set<string>()
  const chosenCase = ref<string | null>(null)
  const sheet = ref<Sheet>('intake')
  /** Which assignment's report is being taken down. */
  const reporting = ref<{ case: string; assignment: string } | null>(null)

  const call = computed(() => calls.mine)
  const draft = computed(() => draftOf(call.value?.id ?? ''))
  /** The case in view: the one chosen, else the one of the call. */
  const view = computed(() => cases.get(chosenCase.value) ?? cases.get(call.value?.case))
  /** A call that has a case is worked on in the case; no second one is opened from it. */
  const boundCase = computed(() => cases.get(call.value?.case))

  /** Open emergencies of this agent: accepted here, or with this seat on the line. */
  const mine = computed(() =>
    cases.clocks.filter((c) => {
      const me = session.user
      return (
        (me !== null && [me.user, me.name, me.seat].includes(c.accepted_by)) ||
        (session.seat !== '' && c.call?.agent === session.seat)
      )
    }),
  )
  const others = computed(() => cases.clocks.filter((c) => !mine.value.includes(c)))

  function draftOf(id: string): Draft {
    let found = drafts.get(id)
    if (!found) {
      found = reactive(emptyDraft(id || null))
      drafts.set(id, found)
      for (const old of drafts.keys()) {
        if (drafts.size <= DRAFTS_KEPT) break
        if (old !== id && calls.get(old) === null) drafts.delete(old)
      }
    }
    return found
  }
  /** Fresh fields once a call has become a case or a line. */
  function clearDraft(id: string): void {
    touched.add(id)
    Object.assign(draftOf(id), emptyDraft(id || null))
  }
  function choose(id: string | null): void {
    chosenCase.value = id
  }
  // After a reload of the page the server still has what was typed.
  watch(
    () => [call.value?.id, call.value?.text] as const,
    ([id, text]) => {
      if (!id || !text || draft.value.text !== '' || touched.has(id)) return
      touched.add(id)
      draft.value.text = text
      if (call.value?.classification) takeReading(draft.value, call.value.classification)
    },
    { immediate: true },
  )
  // Speech, the number's history and bulletins are read on the server: what stands follows. Fields
  // that have become a case or a line start empty, and stay so until something is typed.
  watch(
    () => call.value?.classification,
    (reading) => {
      const heard = call.value?.transcript !== undefined && !touched.has(call.value.id)
      if (reading && (draft.value.text !== '' || heard)) takeReading(draft.value, reading)
    },
  )
  // A call that has a case is amended from what the case says.
  watch(
    () => boundCase.value?.id,
    () => {
      const bound = boundCase.value
      const d = draft.value
      if (!bound || d.seededFrom === bound.id) return
      d.seededFrom = bound.id
      if (d.text === '') d.text = bound.text
      d.address ||= bound.address
      d.township ||= bound.township
      d.district ??= bound.district
      d.requesterName ||= bound.requester.name
      d.casualties ??= bound.casualties
    },
    { immediate: true },
  )
  // A new call brings its own case into view; the case chosen for an earlier one steps back.
  watch(
    () => call.value?.id,
    (id) => {
      if (id) chosenCase.value = null
    },
  )
  // A call that ends leaves its case in view, so that the agent sees how it goes on.
  watch(
    () => call.value?.case,
    (id, before) => {
      if (!id && before && chosenCase.value === null && isEmergency(cases.get(before) ?? { class: '' })) {
        chosenCase.value = before
      }
    },
  )
  return { call, draft, view, boundCase, mine, others, sheet, reporting, chosenCase, clearDraft, choose }
})
