/// A version of the Engine.IO protocol that is spoken here, by its number in the `EIO` query.
package enum EngineProtocolVersion: Int, Sendable, CaseIterable {
    case v4 = 4
}
