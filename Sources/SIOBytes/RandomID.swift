/// Ids of sessions and sockets: 15 random bytes as 20 characters of `[A-Za-z0-9_-]`.
///
/// The reference overlays four of the bytes with a counter; here all 120 bits are random. The generator is a
/// parameter, so that tests may choose; a server passes `SystemRandomNumberGenerator`, which is cryptographic.
package enum RandomID {
    package static func make(using generator: inout some RandomNumberGenerator) -> String {
        let alphabet: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        return unsafe String(unsafeUninitializedCapacity: 20) { characters in
            for half in 0..<2 {
                var bits: UInt64 = generator.next()
                for position in 0..<10 {
                    unsafe characters[half * 10 + position] = alphabet.utf8Start[Int(bits & 0x3F)]
                    bits >>= 6
                }
            }
            return 20
        }
    }
}
