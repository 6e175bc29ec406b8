extension RangeReplaceableCollection {
    /// Takes off the elements that are meant.
    ///
    /// - Returns: What was taken off, among what was not. It has to be held (`withExtendedLifetime`) until the collection is not being
    ///   changed any more: with a handler goes what it holds, and the end of that may be to take off a handler.
    package mutating func take(where isMeant: (Element) -> Bool) -> Self {
        guard contains(where: isMeant) else { return Self() }
        let before = self
        removeAll(where: isMeant)
        return before
    }
}
