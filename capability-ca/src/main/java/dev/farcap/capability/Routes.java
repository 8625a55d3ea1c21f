package dev.farcap.capability;

import static dev.farcap.capability.StrictProto.checked;
import static dev.farcap.capability.StrictProto.instant;

import com.google.protobuf.ByteString;
import dev.farcap.session.Identity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;

/// Who serves and where requests go, as an operator of the realm wrote and signed it.
///
/// What the text means is not known here: it is that of a directory file.
///
/// @param realm whose
/// @param number from 1, grows from one to the next
/// @param issued when it was signed, in whole milliseconds
/// @param text at most [#TEXT_BYTES_MAX] in UTF-8
public record Routes(String realm, long number, Instant issued, String text) {
  /// Of the serialised, signed form.
  public static final int BYTES_MAX = SignedPayload.BYTES_MAX;

  /// As of a directory file.
  public static final int TEXT_BYTES_MAX = 1 << 20;

  /// @throws IllegalArgumentException naming the part and the rule it breaks
  public Routes {
    // A realm is well spelt if an identity can be in it.
    realm = new Identity(realm, "a").realm();
    if (number < 1) {
      throw new IllegalArgumentException("routes have number " + number + ", expected 1 or more");
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > TEXT_BYTES_MAX) {
      throw new IllegalArgumentException("routes are larger than " + TEXT_BYTES_MAX + " bytes");
    }
  }

  /// The serialised form, signed.
  ///
  /// @param signer a DIRECTORY key
  /// @throws IllegalArgumentException if it outgrows [#BYTES_MAX]
  public byte[] sign(SigningKey signer) {
    byte[] payload =
        dev.farcap.capability.wire.Routes.newBuilder()
            .setRealm(realm)
            .setNumber(number)
            .setIssuedMs(issued.toEpochMilli())
            .setText(ByteString.copyFrom(deflate(text)))
            .build()
            .toByteArray();
    return SignedPayload.sign(payload, Role.DIRECTORY, signer);
  }

  /// Reads the serialised form and believes it if a DIRECTORY key of the bundle vouches for it now.
  /// Nothing is unpacked before that.
  ///
  /// @param signed as found, of any length
  /// @param now by the local clock
  /// @throws IllegalArgumentException if it is not to be believed, beginning with the [Reason]; one
  ///   line
  public static Routes open(byte[] signed, TrustBundle bundle, Instant now) {
    try {
      return decode(
          SignedPayload.open(signed, Role.DIRECTORY, BundleKey.Usage.DIRECTORY, bundle, now),
          bundle);
    } catch (MalformedException e) {
      throw e.illegalArgument();
    }
  }

  /// What a verified payload says.
  static Routes decode(byte[] payload, TrustBundle bundle) throws MalformedException {
    var wire = StrictProto.parse(dev.farcap.capability.wire.Routes.parser(), payload);
    if (!wire.getRealm().equals(bundle.realm())) {
      throw new MalformedException(
          Reason.REALM,
          "routes are of realm '" + wire.getRealm() + "', here is '" + bundle.realm() + "'");
    }
    Instant issued = instant("issued", wire.getIssuedMs());
    String text = inflate(wire.getText().toByteArray());
    return checked(Reason.FIELD, () -> new Routes(wire.getRealm(), wire.getNumber(), issued, text));
  }

  private static byte[] deflate(String text) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (Deflater deflater = new Deflater(Deflater.BEST_COMPRESSION);
        DeflaterOutputStream out = new DeflaterOutputStream(packed, deflater)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError("memory takes every byte", e);
    }
    return packed.toByteArray();
  }

  private static String inflate(byte[] packed) throws MalformedException {
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
      byte[] text = in.readNBytes(TEXT_BYTES_MAX + 1);
      if (text.length > TEXT_BYTES_MAX) {
        throw new MalformedException(
            Reason.SIZE, "routes are larger than " + TEXT_BYTES_MAX + " bytes");
      }
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException(Reason.FIELD, "text of routes is not UTF-8");
    } catch (IOException e) {
      throw new MalformedException(Reason.FIELD, "text of routes cannot be unpacked");
    }
  }

  /// Realm and number.
  @Override
  public String toString() {
    return "routes " + number + " of realm " + realm;
  }
}
