using System.Text;

namespace SaeKernels.Factorization;

/// <summary>What stands before the codes of a file.</summary>
/// <param name="Table">The bins and their counts.</param>
/// <param name="Model">The SHA-256 of the model as hexadecimal digits, or nothing.</param>
internal sealed record CodeFileHeader(CodeTable Table, string Model)
{
    private const int HashBytes = 32;

    // With more the range coder would lose more than a thousandth to its own rounding.
    private const long MostVectors = 1L << 38;

    private static readonly byte[] Magic = Encoding.ASCII.GetBytes("SAECODE1");

    /// <summary>Whether a file begins as files of codes do.</summary>
    public static bool IsIn(string path)
    {
        byte[] first = new byte[Magic.Length];
        using FileStream stream = File.OpenRead(path);
        return stream.ReadAtLeast(first, first.Length, throwOnEndOfStream: false) == first.Length
            && first.AsSpan().SequenceEqual(Magic);
    }

    /// <summary>Writes the header.</summary>
    public void Write(Stream stream)
    {
        using BinaryWriter writer = new(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Magic);
        writer.Write7BitEncodedInt64(this.Table.Vectors);
        writer.Write7BitEncodedInt(this.Table.Latents);
        byte[] hash = Convert.FromHexString(this.Model);
        writer.Write(hash.Length == HashBytes);
        writer.Write(hash);
        for (int latent = 0; latent < this.Table.Latents; latent++)
        {
            writer.Write(this.Table.Bins.Upper[latent]);
            writer.Write7BitEncodedInt(this.Table.Bins.Counts[latent]);
            foreach (long count in this.Table.CountsOf(latent))
            {
                writer.Write7BitEncodedInt64(count);
            }
        }
    }

    /// <summary>Reads a header; the stream then stands behind it.</summary>
    /// <exception cref="InvalidDataException">It does not begin as one.</exception>
    /// <exception cref="FormatException">Its numbers fit no codes.</exception>
    /// <exception cref="EndOfStreamException">It ends too early.</exception>
    public static CodeFileHeader Read(Stream stream)
    {
        // Unbuffered but for the stream's own buffer, so that its position is where the header ends.
        using BinaryReader reader = new(stream, Encoding.UTF8, leaveOpen: true);
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
        {
            throw new InvalidDataException("it does not begin like one");
        }

        long vectors = reader.Read7BitEncodedInt64();
        int latents = reader.Read7BitEncodedInt();
        // Every latent takes at least its edge and a number of bins: a huge number cannot be true.
        Require(vectors is >= 1 and <= MostVectors && latents >= 0 && latents <= stream.Length);
        string model = reader.ReadBoolean() ? Convert.ToHexStringLower(ReadHash(reader)) : string.Empty;
        float[] upper = new float[latents];
        long[][] counts = new long[latents][];
        for (int latent = 0; latent < latents; latent++)
        {
            upper[latent] = reader.ReadSingle();
            Require(upper[latent] > 0 && float.IsFinite(upper[latent]));
            counts[latent] = ReadCounts(reader, vectors, stream.Length - stream.Position);
        }

        CodeBins bins = new(Array.ConvertAll(counts, own => own.Length), upper);
        return new CodeFileHeader(new CodeTable(vectors, bins, counts), model);
    }

    private static byte[] ReadHash(BinaryReader reader)
    {
        byte[] hash = reader.ReadBytes(HashBytes);
        return hash.Length == HashBytes ? hash : throw new EndOfStreamException();
    }

    private static long[] ReadCounts(BinaryReader reader, long vectors, long mostBins)
    {
        int bins = reader.Read7BitEncodedInt();
        Require(bins >= 1 && bins <= mostBins);
        long[] counts = new long[bins];
        long left = vectors;
        for (int bin = 0; bin < bins; bin++)
        {
            counts[bin] = reader.Read7BitEncodedInt64();
            Require(counts[bin] >= 0 && counts[bin] <= left);
            left -= counts[bin];
        }

        return counts;
    }

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new FormatException();
        }
    }
}
