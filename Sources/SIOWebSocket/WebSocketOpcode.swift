/// What a frame is (RFC 6455 §5.2).
@usableFromInline
package enum WebSocketOpcode: UInt8, Sendable, CaseIterable {
    case continuation = 0x0
    case text = 0x1
    case binary = 0x2
    case close = 0x8
    case ping = 0x9
    case pong = 0xA

    /// Whether it is a control frame: never fragmented, never longer than 125 bytes (RFC 6455 §5.5).
    @inlinable
    package var isControl: Bool { rawValue & 0x8 != 0 }
}
