internal import COpenSSL

/// The subject of a certificate or a request: a common name and an organisational unit, UTF-8.
///
/// It borrows an X509_NAME that its certificate owns.
struct DistinguishedName {
  let raw: OpaquePointer

  /// X.520 bounds a common name at 64 characters, and counts code points, not what a reader sees as one
  /// character (a Tibetan syllable is easily four).
  private static let maxScalars = 64

  /// Adds the fields that are not empty. A name that is too long is cut here: the whole one stands in our
  /// own part of a certificate or request.
  func add(commonName: String, unit: String?) throws(TrustError) {
    for (field, text) in [("CN", commonName), ("OU", unit ?? "")] where !text.isEmpty {
      var cut = String.UnicodeScalarView()
      cut.append(contentsOf: text.unicodeScalars.prefix(DistinguishedName.maxScalars))
      let bytes = Array(String(cut).utf8)
      try OpenSSLCall.check("X509_NAME_add_entry") {
        X509_NAME_add_entry_by_txt(raw, field, DistinguishedName.utf8, bytes, Int32(bytes.count), -1, 0)
      }
    }
  }

  var commonName: String? { text(NID_commonName) }
  var unit: String? { text(NID_organizationalUnitName) }

  private func text(_ nid: Int32) -> String? {
    let index = X509_NAME_get_index_by_NID(raw, nid, -1)
    guard index >= 0, let entry = X509_NAME_get_entry(raw, index), let data = X509_NAME_ENTRY_get_data(entry)
    else { return nil }
    var out: UnsafeMutablePointer<UInt8>?
    let count = ASN1_STRING_to_UTF8(&out, data)
    guard count >= 0, let out else { return nil }
    defer { CRYPTO_free(out, "", 0) }
    return String(validating: UnsafeBufferPointer(start: out, count: Int(count)), as: UTF8.self)
  }

  /// OpenSSL's MBSTRING_UTF8; the macro does not import.
  private static let utf8: Int32 = 0x1000
}
