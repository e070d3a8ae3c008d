// Keeps the page up to date: it fetches the parts that changed, already drawn by the
// server, and puts them in without disturbing what is being typed or scrolled.
import { wireComposer } from './compose.js'

const $ = id => document.getElementById(id)
const base = document.body.dataset.base
const at = { as: document.body.dataset.as, channel: document.body.dataset.channel }
const query = () => new URLSearchParams({ as: at.as, c: at.channel }).toString()

export const get = async path => (await fetch(`${base}/ui/${path}?${query()}`))
export const post = async (what, body) => {
  try {
    const r = await fetch(`${base}/ui/${what}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ as: at.as, channel: at.channel, ...body }) })
    return await r.json()
  } catch {
    return { error: 'The server cannot be reached. Is it still running?' }
  }
}
export const note = text => {
  const p = $('note')
  if (p) { p.hidden = !text; p.textContent = text || '' }
  $('status').textContent = text || ''
}

const part = async name => {
  const r = await get(name)
  if (!r.ok) throw new Error(name)
  return new DOMParser().parseFromString(await r.text(), 'text/html').body
}

// The policy of the page forbids style attributes; colours of roles are set from here.
const paint = root => { for (const e of root.querySelectorAll('[data-color]')) if (e.dataset.color) e.style.color = e.dataset.color }

const morph = (list, fresh) => {
  let after = null
  const keep = new Set()
  for (const item of [...fresh.children]) {
    keep.add(item.id)
    const old = list.querySelector(`:scope > [id="${CSS.escape(item.id)}"]`)
    let now = old
    if (!old) now = document.adoptNode(item)
    else if (old.dataset.mark !== item.dataset.mark) {
      const focus = document.activeElement?.dataset?.press
      const had = old.contains(document.activeElement)
      now = document.adoptNode(item)
      old.replaceWith(now)
      if (had && focus) [...now.querySelectorAll('[data-press]')].find(b => b.dataset.press === focus)?.focus({ preventScroll: true })
    }
    if (after ? after.nextElementSibling !== now : list.firstElementChild !== now) after ? after.after(now) : list.prepend(now)
    after = now
  }
  for (const item of [...list.children]) if (!keep.has(item.id)) item.remove()
}

const bottom = () => { const box = $('log'); box.scrollTop = box.scrollHeight }
const drawMain = async whole => {
  const body = await part('main')
  if (!whole && $('messages')) {
    const box = $('log')
    const stick = box.scrollHeight - box.scrollTop - box.clientHeight < 80
    morph($('messages'), body.querySelector('#messages'))
    $('main').querySelector('.top').replaceWith(body.querySelector('.top'))
    if (stick) bottom()
  } else {
    $('main').replaceChildren(...body.childNodes)
    bottom()
    wire()
  }
  paint($('main'))
  if (!document.hidden) await post('read', {})
}
const fill = name => async () => { $(name).replaceChildren(...(await part(name)).childNodes); paint($(name)) }
const drawSidebar = async () => { if (!$('sidebar').contains(document.activeElement) || document.activeElement.tagName === 'A') await fill('sidebar')() }

let opener = null
const drawModal = async () => {
  const dialog = $('modal')
  const body = await part('modal')
  const form = body.querySelector('form')
  const old = dialog.querySelector('form')
  if (!form) {
    if (dialog.open) dialog.close()
    dialog.replaceChildren()
    if (opener?.isConnected) opener.focus()
    opener = null
    return
  }
  if (old && old.dataset.key === form.dataset.key) {
    trouble(form.querySelector('[data-testid="modal-trouble"] span').textContent)
    if (dialog.open) return
  } else dialog.replaceChildren(...body.childNodes)
  if (!dialog.open) { opener = document.activeElement; dialog.showModal() }
  dialog.querySelector('.modal-body :is(input, select, textarea)')?.focus()
}
const trouble = text => {
  const p = $('modal').querySelector('[data-testid="modal-trouble"]')
  if (!p) return
  p.hidden = !text
  p.querySelector('span').textContent = text || ''
}

// Changes come in bursts; each part is fetched once per burst, never twice at a time.
const jobs = { modal: drawModal, main: drawMain, sidebar: drawSidebar, members: fill('members') }
const due = new Set()
let running = false
export const later = (...names) => { names.forEach(n => due.add(n)); if (!running) work() }
const work = async () => {
  running = true
  await new Promise(r => setTimeout(r, 25))
  while (due.size) {
    const names = [...due]
    due.clear()
    for (const n of names) { try { await jobs[n]() } catch (e) { console.warn('refresh', n, e) } }
  }
  running = false
  document.body.dataset.settled = String(Date.now())
}
const listen = () => {
  const stream = new EventSource(`${base}/ui/events?as=${encodeURIComponent(at.as)}`)
  stream.onopen = () => { document.body.dataset.live = 'true'; later('main', 'sidebar', 'members', 'modal') }
  stream.onerror = () => { delete document.body.dataset.live }
  stream.onmessage = m => {
    if (m.data && m.data !== at.channel) return later('sidebar')
    later(...(m.data ? ['main', 'sidebar', 'modal'] : ['main', 'sidebar', 'members', 'modal']))
  }
}

const go = async (channel, push = true) => {
  at.channel = channel
  if (push) history.pushState({ channel }, '', '?' + query())
  $('sidebar').classList.remove('open')
  $('veil').hidden = true
  await drawMain(true)
  await Promise.all([fill('sidebar')(), jobs.members()])
  $('composer')?.focus({ preventScroll: true })
}
addEventListener('popstate', () => { const c = new URLSearchParams(location.search).get('c'); if (c) go(c, false) })

const valuesOf = f => {
  if (f.dataset.kind === 'checkbox') return [String(f.querySelector('input').checked)]
  const one = f.querySelector('[data-value]')
  if (one) return one.value === '' ? [] : [one.value]
  return [...f.querySelectorAll('input:checked')].map(i => i.value)
}
const filesOf = async f => Promise.all([...f.querySelector('input').files].map(async file => {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let s = ''
  for (const b of bytes) s += String.fromCharCode(b)
  return { Name: file.name, Data: btoa(s) }
}))
const submit = async form => {
  const body = { fill: {}, files: {} }
  for (const f of form.querySelectorAll('.control')) {
    if (f.dataset.kind === 'upload') body.files[f.dataset.custom] = await filesOf(f)
    else body.fill[f.dataset.custom] = valuesOf(f)
  }
  const button = form.querySelector('[data-testid="modal-submit"]')
  button.disabled = true
  const out = await post('submit', body)
  button.disabled = false
  trouble(out.error)
  later('modal', 'main')
}
const choose = async (c, values) => {
  const out = await post('press', { message: c.dataset.message, custom: c.dataset.choose, values })
  note(out.error)
  later('main', 'modal')
}

document.addEventListener('click', async e => {
  const link = e.target.closest('[data-go]')
  if (link && !e.metaKey && !e.ctrlKey) { e.preventDefault(); return go(link.dataset.go) }
  const press = e.target.closest('[data-press]')
  if (press) {
    press.classList.add('busy')
    const out = await post('press', { message: press.dataset.message, custom: press.dataset.press })
    press.classList.remove('busy')
    note(out.error)
    return later('main', 'modal')
  }
  const about = detail => $('compose')?.dispatchEvent(new CustomEvent('about', { detail }))
  const reply = e.target.closest('[data-reply]')
  if (reply) return about({ reply: reply.dataset.reply, says: 'Replying to ' + reply.dataset.of })
  const edit = e.target.closest('[data-edit]')
  if (edit) return about({ edit: edit.dataset.edit, text: edit.dataset.text, says: 'Editing your message' })
  const gone = e.target.closest('[data-dismiss]')
  if (gone) { await post('delete', { message: gone.dataset.dismiss }); return later('main') }
  switch (e.target.closest('[data-do]')?.dataset.do) {
    case 'drawer': $('sidebar').classList.toggle('open'); $('veil').hidden = !$('sidebar').classList.contains('open'); break
    case 'members': $('members').classList.toggle('off'); break
    case 'as-new': about(null); break
    case 'close-modal': await post('close', {}); later('modal'); break
    case 'theme': {
      const next = document.documentElement.dataset.theme === 'light' ? 'dark' : 'light'
      document.documentElement.dataset.theme = next
      try { localStorage.setItem('guild-theme', next) } catch { /* private mode */ }
    }
  }
  if (e.target.id === 'veil') { $('sidebar').classList.remove('open'); $('veil').hidden = true }
})
document.addEventListener('change', async e => {
  if (e.target.id === 'who') { location.search = new URLSearchParams({ as: e.target.value, c: at.channel }).toString(); return }
  if (e.target.id === 'privacy') { await post('privacy', { on: !e.target.checked }); return }
  const menu = e.target.closest('select[data-choose]')
  if (menu && menu.value !== '') choose(menu, [menu.value])
})
// A menu with several choices is sent when it closes, not at every tick.
document.addEventListener('toggle', e => {
  const m = e.target
  if (!m.matches?.('details.many')) return
  const now = [...m.querySelectorAll('input:checked')].map(i => i.value)
  if (m.open) m.dataset.before = now.join('\n')
  else if (m.dataset.before !== now.join('\n')) choose(m, now)
}, true)
$('modal').addEventListener('submit', e => { e.preventDefault(); submit(e.target) })
$('modal').addEventListener('cancel', async e => { e.preventDefault(); await post('close', {}); later('modal') })

const wire = () => { const form = $('compose'); if (form) wireComposer(form) }
if ($('modal').querySelector('form')) $('modal').showModal()
paint(document.body)
bottom()
wire()
listen()
