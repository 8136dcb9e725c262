using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Data;

/// <summary>The fingerprint of a list of files.</summary>
internal static class DataHash
{
    private const int BlockBytes = 1 << 16;
    private const int SampledBlocks = 64;
    private const ulong Seed = 0;

    public static string Compute(IReadOnlyList<TensorFile> files, HashMode mode)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes($"SaeKernels data {mode} 1\n"));
        byte[] buffer = new byte[BlockBytes];
        for (int i = 0; i < files.Count; i++)
        {
            TensorFile file = files[i];
            BinaryPrimitives.WriteInt64LittleEndian(buffer, file.Length);
            hash.AppendData(buffer, 0, sizeof(long));
            Append(hash, file, 0, file.DataOffset, buffer);
            foreach (long block in Blocks(file, i, mode))
            {
                long start = file.DataOffset + (block * BlockBytes);
                Append(hash, file, start, Math.Min(start + BlockBytes, file.Length), buffer);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, TensorFile file, long start, long end, byte[] buffer)
    {
        for (long offset = start; offset < end; offset += buffer.Length)
        {
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - offset));
            file.ReadBytes(offset, part);
            hash.AppendData(part);
        }
    }

    private static IEnumerable<long> Blocks(TensorFile file, int index, HashMode mode)
    {
        long count = (Math.Max(0, file.Length - file.DataOffset) + BlockBytes - 1) / BlockBytes;
        if (mode == HashMode.Sampled && count > SampledBlocks)
        {
            return RandomSubset.Choose(count, SampledBlocks, new RandomSequence(Seed, RandomPurpose.Hashing, index));
        }

        return Range(count);
    }

    private static IEnumerable<long> Range(long count)
    {
        for (long i = 0; i < count; i++)
        {
            yield return i;
        }
    }
}
