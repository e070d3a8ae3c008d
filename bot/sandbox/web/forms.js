// Everything that can be filled in: reads forms, puts values back after a redraw,
// runs the lists that ask the app, and pages and sorts data tables.
import { press, post, placeOf } from './app.js'

const valuesOf = c => {
  switch (c.dataset.kind) {
    case 'radio_buttons': case 'checkboxes':
      return [...c.querySelectorAll('input:checked')].map(i => i.value)
    case 'external_select': {
      const i = c.querySelector('input')
      return i.dataset.chosen ? [i.dataset.chosen] : []
    }
    case 'multi_external_select':
      return [...c.querySelectorAll('[data-chip]')].map(x => x.dataset.chip)
    case 'file_input':
      return []
  }
  if (c.dataset.kind.startsWith('multi_')) return [...c.querySelectorAll('input:checked')].map(i => i.value)
  const v = c.querySelector('[data-value]')
  return v && v.value !== '' ? [v.value] : []
}

// readForm returns what stands in all controls, by block id and action id.
export const readForm = root => {
  const out = {}
  for (const c of root.querySelectorAll('.control[data-kind]')) out[c.dataset.block + '/' + c.dataset.act] = valuesOf(c)
  return out
}

export const restoreForm = (root, form) => {
  for (const c of root.querySelectorAll('.control[data-kind]')) {
    const v = form[c.dataset.block + '/' + c.dataset.act]
    if (!v) continue
    for (const i of c.querySelectorAll('input[type="radio"], input[type="checkbox"]')) i.checked = v.includes(i.value)
    const plain = c.querySelector('[data-value]')
    if (plain) plain.value = v[0] ?? ''
    summarise(c)
  }
}

const summarise = c => {
  const s = c.querySelector('[data-summary]')
  if (!s) return
  const on = [...c.querySelectorAll('input:checked')].map(i => i.dataset.words)
  s.textContent = on.length ? on.join(', ') : c.querySelector('summary').dataset.empty
}

export const showErrors = (form, errors) => {
  let first = null
  for (const f of form.querySelectorAll('[data-testid="field"]')) {
    const text = errors[f.dataset.blockId]
    const p = f.querySelector('.field-error')
    p.hidden = !text
    p.textContent = text || ''
    f.classList.toggle('wrong', !!text)
    const box = f.querySelector('input, textarea, select, summary')
    if (text) { box?.setAttribute('aria-invalid', 'true'); first ||= box } else box?.removeAttribute('aria-invalid')
  }
  first?.focus()
}

export const wireControls = root => { for (const c of root.querySelectorAll('.control')) summarise(c) }

document.addEventListener('change', e => {
  const c = e.target.closest('.control[data-kind]')
  if (!c || c.dataset.kind.includes('external')) return
  summarise(c)
  const typed = ['plain_text_input', 'number_input', 'email_text_input', 'url_text_input', 'rich_text_input'].includes(c.dataset.kind)
  if (!('live' in c.dataset) || typed || c.querySelector('details[open]')) return
  press(c, valuesOf(c))
})
// A list with several choices is sent when it closes, not at every tick.
document.addEventListener('toggle', e => {
  const c = e.target.closest?.('.control[data-live]')
  if (!c || !e.target.matches('details.multi')) return
  if (e.target.open) { c.dataset.before = valuesOf(c).join('\n'); return }
  if (c.dataset.before !== valuesOf(c).join('\n')) press(c, valuesOf(c))
}, true)

let pause = 0
document.addEventListener('input', e => {
  const c = e.target.closest('.control[data-kind]')
  if (!c) return
  if (c.dataset.kind.includes('external')) { delete e.target.dataset.chosen; return search(c, e.target) }
  if (c.dataset.live === 'typing' && e.target.matches('[data-value]')) {
    clearTimeout(pause)
    pause = setTimeout(() => press(c, valuesOf(c)), 300)
  }
})
document.addEventListener('keydown', e => {
  const c = e.target.closest?.('.control[data-kind]')
  if (!c) return
  if (c.dataset.kind.includes('external')) return steer(c, e)
  if (e.key === 'Enter' && e.target.matches('input[data-value]') && 'live' in c.dataset) { e.preventDefault(); press(c, valuesOf(c)) }
})

// Lists that ask the app.
let asking = 0
const search = async (c, input) => {
  const list = c.querySelector('[role="listbox"]')
  const mine = ++asking
  if ([...input.value].length < Number(input.dataset.least)) return shut(c)
  await new Promise(r => setTimeout(r, 180))
  if (mine !== asking) return
  const out = await post('suggest', { ...placeOf(c), block: c.dataset.block, action: c.dataset.act, text: input.value })
  if (mine !== asking) return
  list.replaceChildren()
  for (const [i, o] of (out.options || []).entries()) {
    const li = document.createElement('li')
    li.role = 'option'
    li.id = list.id + '-' + i
    li.dataset.value = o.value
    li.textContent = o.text.text
    if (o.description) { const s = document.createElement('span'); s.className = 'hint'; s.textContent = o.description.text; li.append(s) }
    list.append(li)
  }
  if (!list.children.length) { const li = document.createElement('li'); li.className = 'none'; li.textContent = out.error || 'No matches'; list.append(li) }
  list.hidden = false
  input.setAttribute('aria-expanded', 'true')
  mark(c, 0)
}
const mark = (c, i) => {
  const items = [...c.querySelectorAll('[role="option"]')]
  items.forEach((li, k) => li.setAttribute('aria-selected', String(k === i)))
  c.querySelector('[role="combobox"]').setAttribute('aria-activedescendant', items[i]?.id || '')
  items[i]?.scrollIntoView({ block: 'nearest' })
}
const shut = c => {
  c.querySelector('[role="listbox"]').hidden = true
  c.querySelector('[role="combobox"]').setAttribute('aria-expanded', 'false')
}
const steer = (c, e) => {
  const items = [...c.querySelectorAll('[role="option"]')]
  const open = !c.querySelector('[role="listbox"]').hidden
  const i = items.findIndex(li => li.getAttribute('aria-selected') === 'true')
  if (e.key === 'Escape' && open) { e.preventDefault(); e.stopPropagation(); shut(c) }
  else if (open && items.length && (e.key === 'ArrowDown' || e.key === 'ArrowUp')) { e.preventDefault(); mark(c, (i + (e.key === 'ArrowDown' ? 1 : -1) + items.length) % items.length) }
  else if (e.key === 'Enter') { e.preventDefault(); if (open && items[i]) choose(c, items[i]) }
  else if (e.key === 'Tab' && open && items[i]) choose(c, items[i])
}
const choose = (c, li) => {
  const input = c.querySelector('input')
  const text = li.firstChild.textContent
  if (c.dataset.kind.startsWith('multi_')) {
    input.value = ''
    if (!valuesOf(c).includes(li.dataset.value)) c.querySelector('.chips').append(chip(li.dataset.value, text))
  } else {
    input.value = text
    input.dataset.chosen = li.dataset.value
  }
  shut(c)
  if ('live' in c.dataset) press(c, valuesOf(c))
}
const chip = (value, text) => {
  const s = document.createElement('span')
  s.className = 'chip'
  s.dataset.chip = value
  s.textContent = text
  const b = document.createElement('button')
  b.type = 'button'
  b.dataset.unchip = ''
  b.textContent = '×'
  b.setAttribute('aria-label', 'Remove ' + text)
  s.append(b)
  return s
}
document.addEventListener('click', e => {
  const li = e.target.closest('.combo [role="option"]')
  if (li) return choose(li.closest('.control'), li)
  const x = e.target.closest('[data-unchip]')
  if (x) {
    const c = x.closest('.control')
    x.parentElement.remove()
    if ('live' in c.dataset) press(c, valuesOf(c))
  }
  for (const b of document.querySelectorAll('.combo [role="listbox"]:not([hidden])')) if (!b.parentElement.contains(e.target)) shut(b.closest('.control'))
})

// Data tables.
export const pageTables = root => { for (const t of root.querySelectorAll('.data-table:not([data-page])')) { t.dataset.page = '0'; turn(t, 0) } }
const turn = (t, to) => {
  const rows = [...t.querySelectorAll('tbody tr')]
  const size = Number(t.dataset.pageSize)
  const pages = Math.max(1, Math.ceil(rows.length / size))
  const page = Math.min(pages - 1, Math.max(0, to))
  t.dataset.page = String(page)
  rows.forEach((r, i) => { r.hidden = Math.floor(i / size) !== page })
  const bar = t.querySelector('.pager')
  bar.hidden = pages < 2
  t.querySelector('[data-pages]').textContent = `${page * size + 1}–${Math.min(rows.length, (page + 1) * size)} of ${rows.length}`
  t.querySelector('[data-page="-1"]').disabled = page === 0
  t.querySelector('[data-page="1"]').disabled = page === pages - 1
}
const sort = (t, button) => {
  const k = Number(button.dataset.sort)
  const th = button.closest('th')
  const up = th.getAttribute('aria-sort') !== 'ascending'
  for (const h of t.querySelectorAll('thead th')) h.setAttribute('aria-sort', 'none')
  th.setAttribute('aria-sort', up ? 'ascending' : 'descending')
  const body = t.querySelector('tbody')
  const rows = [...body.children]
  const key = r => r.children[k].dataset.value
  const numbers = rows.every(r => r.children[k].classList.contains('num'))
  rows.sort((a, b) => (numbers ? key(a) - key(b) : key(a).localeCompare(key(b))) * (up ? 1 : -1))
  body.append(...rows)
  turn(t, 0)
}
document.addEventListener('click', e => {
  const t = e.target.closest('.data-table')
  if (!t) return
  const p = e.target.closest('button[data-page]')
  if (p) turn(t, Number(t.dataset.page) + Number(p.dataset.page))
  const s = e.target.closest('[data-sort]')
  if (s) sort(t, s)
})
