// What a user of this module needs of the modules below it.
@_exported public import struct SIOHTTP.HTTPHeaders
@_exported public import struct SIOHTTP.HTTPStatus
@_exported public import class SIONet.EventLoopGroup
@_exported public import struct SIONet.HTTPProxy
@_exported public import struct SIONet.NetworkError
@_exported public import struct SIONet.TLSClientConfiguration
@_exported public import class SIONet.TLSClientContext
@_exported public import struct SIONet.TLSError
@_exported public import struct SIONet.TLSIdentity
@_exported public import struct SIONet.TLSSource
@_exported public import enum SIONet.TLSTrustRoots
@_exported public import enum SIONet.TLSVersion
@_exported public import struct SIOWebSocket.PerMessageDeflate
