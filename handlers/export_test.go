package handlers

// Remedy is what is said of a message that was given up.
var Remedy = remedy
