import SIOBytes

/// The encoder of one value, and its single-value container.
struct JSONStreamEncoder: Encoder, SingleValueEncodingContainer {
    let fragment: JSONFragment
    let level: Int

    var codingPath: [any CodingKey] { fragment.path(to: level) }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        fragment.container(keyedBy: type, at: level)
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        fragment.open(.unkeyed, at: level)
        return JSONUnkeyedEncoding(fragment: fragment, level: level)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    private func integer(_ value: some FixedWidthInteger) {
        fragment.open(.single, at: level)
        fragment.buffer.appendJSON(integer: value)
    }

    func encodeNil() {
        fragment.open(.single, at: level)
        fragment.buffer.append("null")
    }
    func encode(_ value: Int) { integer(value) }
    func encode(_ value: Int8) { integer(value) }
    func encode(_ value: Int16) { integer(value) }
    func encode(_ value: Int32) { integer(value) }
    func encode(_ value: Int64) { integer(value) }
    func encode(_ value: Int128) { integer(value) }
    func encode(_ value: UInt) { integer(value) }
    func encode(_ value: UInt8) { integer(value) }
    func encode(_ value: UInt16) { integer(value) }
    func encode(_ value: UInt32) { integer(value) }
    func encode(_ value: UInt64) { integer(value) }
    func encode(_ value: UInt128) { integer(value) }
    func encode(_ value: Bool) throws { try write(value) }
    func encode(_ value: String) throws { try write(value) }
    func encode(_ value: Double) throws { try write(value) }
    func encode(_ value: Float) throws {
        try fragment.check(value, .none)
        fragment.open(.single, at: level)
        fragment.write(checked: value)
    }
    func encode<T: Encodable>(_ value: T) throws { try write(value) }

    private func write<T: Encodable>(_ value: T) throws {
        let mark = fragment.mark
        let shape = fragment.levels.shape(at: level)
        fragment.open(.single, at: level)
        do {
            try fragment.write(value, key: .none)
        } catch {
            fragment.rollBack(to: mark)
            fragment.reopen(level, as: shape)
            throw error
        }
    }
}

/// The members of an object being written.
struct JSONKeyedEncoding<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let fragment: JSONFragment
    let level: Int

    var codingPath: [any CodingKey] { fragment.path(to: level) }

    private func integer(_ value: some FixedWidthInteger, _ key: Key) {
        fragment.beginMember(key.stringValue, at: level)
        fragment.buffer.appendJSON(integer: value)
    }

    func encodeNil(forKey key: Key) {
        fragment.beginMember(key.stringValue, at: level)
        fragment.buffer.append("null")
    }
    func encode(_ value: Bool, forKey key: Key) {
        fragment.beginMember(key.stringValue, at: level)
        fragment.buffer.appendJSON(bool: value)
    }
    func encode(_ value: String, forKey key: Key) {
        fragment.beginMember(key.stringValue, at: level)
        fragment.buffer.appendJSON(string: value)
    }
    func encode(_ value: Int, forKey key: Key) {
        fragment.beginMember(key.stringValue, at: level)
        fragment.buffer.append(decimal: value)
    }
    func encode(_ value: Int8, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int16, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int32, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int64, forKey key: Key) { integer(value, key) }
    func encode(_ value: Int128, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt8, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt16, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt32, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt64, forKey key: Key) { integer(value, key) }
    func encode(_ value: UInt128, forKey key: Key) { integer(value, key) }
    func encode(_ value: Double, forKey key: Key) throws {
        try fragment.check(value, .key(key))
        fragment.beginMember(key.stringValue, at: level)
        fragment.write(checked: value)
    }
    func encode(_ value: Float, forKey key: Key) throws {
        try fragment.check(value, .key(key))
        fragment.beginMember(key.stringValue, at: level)
        fragment.write(checked: value)
    }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        let mark = fragment.mark
        fragment.beginMember(key.stringValue, at: level)
        do {
            try fragment.write(value, key: .key(key))
        } catch {
            fragment.rollBack(to: mark)
            throw error
        }
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<NestedKey> {
        KeyedEncodingContainer(JSONKeyedEncoding<NestedKey>(fragment: hole(key, .keyed), level: 0))
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        JSONUnkeyedEncoding(fragment: hole(key, .unkeyed), level: 0)
    }

    func superEncoder() -> any Encoder { JSONStreamEncoder(fragment: hole(JSONKey.superclass, .none), level: 0) }
    func superEncoder(forKey key: Key) -> any Encoder { JSONStreamEncoder(fragment: hole(key, .none), level: 0) }

    private func hole(_ key: some CodingKey, _ shape: JSONFragment.Shape) -> JSONFragment {
        fragment.beginMember(key.stringValue, at: level)
        return fragment.makeHole(key: .key(key), at: level, shape: shape)
    }
}

/// The elements of an array being written.
struct JSONUnkeyedEncoding: UnkeyedEncodingContainer {
    let fragment: JSONFragment
    let level: Int

    var codingPath: [any CodingKey] { fragment.path(to: level) }
    var count: Int { fragment.levels.elements(at: level) }

    private func integer(_ value: some FixedWidthInteger) {
        fragment.beginElement(at: level)
        fragment.buffer.appendJSON(integer: value)
    }

    func encodeNil() {
        fragment.beginElement(at: level)
        fragment.buffer.append("null")
    }
    func encode(_ value: Bool) {
        fragment.beginElement(at: level)
        fragment.buffer.appendJSON(bool: value)
    }
    func encode(_ value: String) {
        fragment.beginElement(at: level)
        fragment.buffer.appendJSON(string: value)
    }
    func encode(_ value: Int) {
        fragment.beginElement(at: level)
        fragment.buffer.append(decimal: value)
    }
    func encode(_ value: Int8) { integer(value) }
    func encode(_ value: Int16) { integer(value) }
    func encode(_ value: Int32) { integer(value) }
    func encode(_ value: Int64) { integer(value) }
    func encode(_ value: Int128) { integer(value) }
    func encode(_ value: UInt) { integer(value) }
    func encode(_ value: UInt8) { integer(value) }
    func encode(_ value: UInt16) { integer(value) }
    func encode(_ value: UInt32) { integer(value) }
    func encode(_ value: UInt64) { integer(value) }
    func encode(_ value: UInt128) { integer(value) }
    func encode(_ value: Double) throws {
        try fragment.check(value, .index(count))
        fragment.beginElement(at: level)
        fragment.write(checked: value)
    }
    func encode(_ value: Float) throws {
        try fragment.check(value, .index(count))
        fragment.beginElement(at: level)
        fragment.write(checked: value)
    }
    func encode<T: Encodable>(_ value: T) throws {
        let mark = fragment.mark
        fragment.beginElement(at: level)
        do {
            try fragment.write(value, key: .index(count - 1))
        } catch {
            fragment.rollBack(to: mark)
            throw error
        }
    }

    func nestedContainer<NestedKey: CodingKey>(keyedBy keyType: NestedKey.Type) -> KeyedEncodingContainer<NestedKey> {
        KeyedEncodingContainer(JSONKeyedEncoding<NestedKey>(fragment: hole(.keyed), level: 0))
    }

    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        JSONUnkeyedEncoding(fragment: hole(.unkeyed), level: 0)
    }

    func superEncoder() -> any Encoder { JSONStreamEncoder(fragment: hole(.none), level: 0) }

    private func hole(_ shape: JSONFragment.Shape) -> JSONFragment {
        fragment.beginElement(at: level)
        return fragment.makeHole(key: .index(count - 1), at: level, shape: shape)
    }
}
