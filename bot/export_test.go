package bot

// Hired is how many workers there are.
func (i *Intake) Hired() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.hired
}
