using System.Security.Cryptography;
using System.Text;
using SaeKernels.Files;

namespace SaeKernels.Training;

/// <summary>
/// A SHA-256 over a checkpoint's description and all its tensors, kept in a last tensor of the same file.
/// </summary>
internal static class CheckpointChecksum
{
    private const string Name = "Checksum";

    /// <summary>Adds the checksum to what is about to be written; it is computed while the rest is written.</summary>
    public static void Seal(List<TensorContent> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        // A single byte is the smallest element, so the writer puts this tensor after all others.
        IncrementalHash hash = Begin(metadata);
        for (int i = 0; i < tensors.Count; i++)
        {
            TensorContent inner = tensors[i];
            tensors[i] = new TensorContent(inner.Name, inner.Type, inner.Shape, (offset, piece) =>
            {
                inner.ReadBytes(offset, piece);
                hash.AppendData(piece);
            });
        }

        tensors.Add(new TensorContent(Name, TensorType.U8, [SHA256.HashSizeInBytes], (_, piece) =>
        {
            hash.GetHashAndReset().CopyTo(piece);
            hash.Dispose();
        }));
    }

    /// <summary>Throws unless a file's checksum is that of its contents.</summary>
    public static void Verify(SafetensorsFile file)
    {
        byte[] stored = new byte[SHA256.HashSizeInBytes];
        TensorInfo? checksum = file.Tensors.GetValueOrDefault(Name);
        if (checksum is null || checksum.ByteLength != stored.Length)
        {
            throw new InvalidDataException(
                $"{file.Path}: a checkpoint must hold a checksum of 32 bytes, but holds none. "
                + "Remove it; resuming then goes on from the one before.");
        }

        file.ReadBytes(checksum.Offset, stored);
        using IncrementalHash hash = Begin(file.Metadata);
        byte[] piece = new byte[1 << 20];
        for (long offset = file.DataOffset; offset < checksum.Offset; offset += piece.Length)
        {
            Span<byte> part = piece.AsSpan(0, (int)Math.Min(piece.Length, checksum.Offset - offset));
            file.ReadBytes(offset, part);
            hash.AppendData(part);
        }

        if (!hash.GetHashAndReset().AsSpan().SequenceEqual(stored))
        {
            throw new InvalidDataException(
                $"{file.Path}: the contents must match their checksum, but do not: the file was changed or damaged. "
                + "Remove it; resuming then goes on from the one before.");
        }
    }

    private static IncrementalHash Begin(IReadOnlyDictionary<string, string> metadata)
    {
        IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string key, string value) in metadata.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{key}={value}\n"));
        }

        return hash;
    }
}
