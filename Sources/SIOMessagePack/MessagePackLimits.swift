import SIOJSON

/// What MessagePack may cost us, whoever wrote it.
package struct MessagePackLimits: Sendable {
    /// Arrays and maps inside one another, the outermost counted: as many as JSON may have.
    package var depth = JSONLimits().depth

    /// Bytes of one document.
    ///
    /// The JSON that is made of it is less than eight times as long, and 32 bytes for each binary value.
    package var bytes = 32 << 20

    /// Values of one document, keys of maps counted.
    package var elements = 1 << 22

    /// Binary values of one document.
    package var binaries = 1 << 16

    package init() {}
}
