// The message box: sends on Enter, completes people and channels, and turns a slash
// command into a line of slots, one for each option.
import { get, post, note, later } from './app.js'

const $ = id => document.getElementById(id)
const INTEGER = 4, BOOLEAN = 5, USER = 6, CHANNEL = 7, ROLE = 8, ANY = 9, NUMBER = 10

// A list of suggestions that the arrow keys steer.
const picker = (list, box, take) => {
  let found = []
  let chosen = 0
  const mark = i => {
    chosen = i
    ;[...list.children].forEach((li, k) => li.setAttribute('aria-selected', String(k === i)))
    list.children[i]?.scrollIntoView({ block: 'nearest' })
  }
  const shut = () => { list.hidden = true; found = []; box.setAttribute('aria-expanded', 'false') }
  const show = items => {
    found = items.slice(0, 25)
    if (!found.length) return shut()
    list.replaceChildren(...found.map((it, i) => {
      const li = document.createElement('li')
      li.role = 'option'
      li.dataset.testid = 'suggestion'
      const b = document.createElement('b')
      b.textContent = it.title
      const s = document.createElement('span')
      s.textContent = it.about || ''
      li.append(b, s)
      li.onmousedown = e => { e.preventDefault(); const c = found[i]; shut(); take(c) }
      return li
    }))
    list.hidden = false
    box.setAttribute('aria-expanded', 'true')
    mark(0)
  }
  const key = e => {
    if (list.hidden || !found.length) return false
    const step = { ArrowDown: 1, ArrowUp: -1 }[e.key]
    if (step) { e.preventDefault(); mark((chosen + step + found.length) % found.length); return true }
    if (e.key === 'Tab' || (e.key === 'Enter' && !e.shiftKey)) { e.preventDefault(); const c = found[chosen]; shut(); take(c); return true }
    if (e.key === 'Escape') { e.preventDefault(); e.stopPropagation(); shut(); return true }
    return false
  }
  return { show, shut, key }
}

export const wireComposer = form => {
  const box = form.querySelector('textarea')
  const slots = $('slots')
  let command = null
  const known = async () => (await get('boot')).json()

  const grow = () => { box.style.height = 'auto'; box.style.height = Math.min(180, box.scrollHeight) + 'px' }
  const list = picker($('suggest'), box, it => it.command ? open(it.command) : put(it))
  const put = it => {
    const upto = box.value.slice(0, box.selectionStart).replace(/[@#][\p{L}\p{N}._-]*$/u, it.insert + ' ')
    box.value = upto + box.value.slice(box.selectionStart)
    box.setSelectionRange(upto.length, upto.length)
    grow()
  }
  const find = async () => {
    const upto = box.value.slice(0, box.selectionStart)
    const mention = /(?:^|[\s(])([@#])([\p{L}\p{N}._-]*)$/u.exec(upto)
    if (!upto.startsWith('/') && !mention) return list.shut()
    const all = await known()
    if (box.value.slice(0, box.selectionStart) !== upto) return
    if (mention) {
      const pool = mention[1] === '@' ? all.people : all.channels
      const want = mention[2].toLowerCase()
      return list.show(pool.filter(p => (p.name + ' ' + p.label).toLowerCase().includes(want)).map(p => ({ title: p.label, about: mention[1] === '@' ? p.name : '', insert: mention[1] + p.name })))
    }
    const want = upto.trim().toLowerCase()
    const starts = all.commands.filter(c => c.line.startsWith(want))
    const inside = all.commands.filter(c => !starts.includes(c) && !want.includes(':') && (c.line + ' ' + c.about).toLowerCase().includes(want.slice(1)))
    list.show([...starts, ...inside].map(c => ({ title: c.line, about: c.about, command: c })))
  }

  const close = () => { command = null; slots.hidden = true; slots.replaceChildren(); box.hidden = false; box.focus() }
  const open = cmd => {
    command = cmd
    box.value = ''
    box.hidden = true
    slots.hidden = false
    const name = document.createElement('span')
    name.className = 'line-name'
    name.textContent = cmd.line
    slots.replaceChildren(name)
    for (const o of cmd.options) o.required ? addSlot(o) : addMore(o)
    const first = slots.querySelector('input, select')
    if (first) first.focus(); else { slots.tabIndex = -1; slots.focus() }
  }
  const addMore = o => {
    const b = document.createElement('button')
    b.type = 'button'
    b.className = 'more'
    b.dataset.more = o.name
    b.textContent = '+ ' + o.name
    b.title = o.description
    b.onclick = () => { const s = addSlot(o, b); b.remove(); s.focus() }
    slots.append(b)
  }
  const optionsFor = async o => {
    if (o.choices?.length) return o.choices.map(c => ({ value: String(c.value), label: c.name }))
    if (o.type === BOOLEAN) return [{ value: 'true', label: 'True' }, { value: 'false', label: 'False' }]
    const all = await known()
    return { [USER]: all.people, [CHANNEL]: all.channels, [ROLE]: all.roles, [ANY]: [...all.people, ...all.roles] }[o.type]
  }
  const addSlot = (o, before) => {
    const wrap = document.createElement('span')
    wrap.className = 'slot'
    const label = document.createElement('label')
    label.textContent = o.name
    label.htmlFor = 'slot-' + o.name
    const listed = o.choices?.length || [BOOLEAN, USER, CHANNEL, ROLE, ANY].includes(o.type)
    const field = document.createElement(listed ? 'select' : 'input')
    field.id = 'slot-' + o.name
    field.dataset.option = o.name
    field.dataset.testid = 'option'
    field.title = o.description
    if (listed) {
      field.append(new Option('', ''))
      optionsFor(o).then(all => all.forEach(c => field.append(new Option(c.label, c.value))))
    } else {
      field.placeholder = o.description
      field.inputMode = o.type === INTEGER ? 'numeric' : o.type === NUMBER ? 'decimal' : 'text'
      if (o.autocomplete) complete(wrap, field, o)
    }
    wrap.append(label, field)
    before ? before.before(wrap) : slots.append(wrap)
    return field
  }
  const complete = (wrap, field, o) => {
    const ul = document.createElement('ul')
    ul.className = 'suggest'
    ul.role = 'listbox'
    ul.hidden = true
    wrap.append(ul)
    const pick = picker(ul, field, it => { field.value = it.title; field.dataset.chosen = it.value })
    let asked = 0
    const ask = async () => {
      delete field.dataset.chosen
      const mine = ++asked
      await new Promise(r => setTimeout(r, 120))
      if (mine !== asked) return
      const out = await post('complete', { text: command.line, options: { ...values(), [o.name]: field.value }, focus: o.name })
      if (mine !== asked) return
      if (out.error) { note(out.error); return pick.shut() }
      note('')
      pick.show(out.choices.map(c => ({ title: c.name, value: c.value })))
    }
    field.addEventListener('input', ask)
    field.addEventListener('focus', ask)
    field.addEventListener('blur', () => setTimeout(pick.shut, 120))
    field.addEventListener('keydown', e => { if (pick.key(e)) e.stopPropagation() })
  }
  const values = () => {
    const out = {}
    for (const f of slots.querySelectorAll('[data-option]')) { const v = f.dataset.chosen ?? f.value; if (v !== '') out[f.dataset.option] = v }
    return out
  }

  // What the next message is for: an answer to one, a change of one, or neither.
  let about = null
  const tell = to => {
    about = to
    $('about-to').hidden = !to
    $('about-to').firstElementChild.textContent = to?.says || ''
    if (to) { close(); box.value = to.text || ''; grow(); box.focus() }
  }
  form.addEventListener('about', e => tell(e.detail))

  let sending = false
  const send = async () => {
    if (sending) return
    sending = true
    try {
      if (command) {
        const line = command.line
        const options = values()
        const missing = command.options.find(o => o.required && !(o.name in options))
        if (missing) { $('slot-' + missing.name)?.focus(); return note(`The option ${missing.name} is required. Specify a value.`) }
        close()
        note((await post('command', { text: line, options })).error)
      } else {
        const text = box.value.trim()
        if (!text) return
        list.shut()
        box.value = ''
        grow()
        const out = about?.edit ? await post('edit', { message: about.edit, text }) : await post('say', { text, message: about?.reply })
        if (out.error && !box.value) { box.value = text; grow() } else tell(null)
        note(out.error)
      }
      later('main', 'modal', 'sidebar')
    } finally { sending = false }
  }

  box.addEventListener('input', () => { grow(); find() })
  box.addEventListener('blur', () => setTimeout(list.shut, 120))
  box.addEventListener('keydown', e => {
    if (e.isComposing || list.key(e)) return
    if (e.key === 'Enter' && !e.shiftKey) { e.preventDefault(); send() }
  })
  slots.addEventListener('keydown', e => {
    if (e.key === 'Enter') { e.preventDefault(); send() }
    if (e.key === 'Escape' || (e.key === 'Backspace' && (e.target === slots || (e.target.value === '' && e.target === slots.querySelector('input, select'))))) { e.preventDefault(); close() }
  })
  form.addEventListener('submit', e => { e.preventDefault(); send() })
}
