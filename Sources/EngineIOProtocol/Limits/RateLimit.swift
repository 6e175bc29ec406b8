/// How much may come: so much a second in the long run, and so much at once.
public struct RateLimit: Hashable, Sendable {
    /// What may come in a second, in the long run; more than 0.
    public let perSecond: Double
    /// What may come at once after a silence; at least 1.
    public let burst: Double

    /// A limit.
    ///
    /// - Parameters:
    ///   - perSecond: What may come in a second, in the long run; more than 0.
    ///   - burst: What may come at once after a silence, at least 1; nil means what may come in a second.
    public init(perSecond: Double, burst: Double? = nil) {
        precondition(perSecond > 0 && perSecond.isFinite, "a rate that lets nothing pass")
        let burst = burst ?? max(1, perSecond)
        precondition(burst >= 1 && burst.isFinite, "a burst that lets nothing pass")
        self.perSecond = perSecond
        self.burst = burst
    }
}
