using SaeKernels.Files;

namespace SaeKernels.Factorization;

/// <summary>What a file of codes takes.</summary>
/// <param name="HeaderBytes">The sizes and the tables of the model.</param>
/// <param name="CodeBytes">The codes themselves.</param>
public sealed record CodeFileSize(long HeaderBytes, long CodeBytes);

/// <summary>A file of quantised codes, as short as their description length says.</summary>
/// <remarks>
/// The header holds the counts of every latent's bins; then, for every vector, each latent's activity and, where it is
/// active, its bin, written by a range coder with these counts as frequencies. Nothing else is needed to read it back.
/// Little-endian.
/// </remarks>
public static class CodeFile
{
    private const uint Magic = 0x31434153;

    // The eight bytes that end the range coder's output.
    private const int LeastCodeBytes = 8;

    /// <summary>Writes codes.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="codes">The codes.</param>
    public static CodeFileSize Write(string path, QuantizedCodes codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        using MemoryStream tables = new();
        using (BinaryWriter writer = new(tables, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            WriteTables(writer, codes);
        }

        using MemoryStream symbols = new();
        WriteSymbols(symbols, codes);
        AtomicFile.Write(path, stream =>
        {
            stream.Write(tables.GetBuffer(), 0, (int)tables.Length);
            stream.Write(symbols.GetBuffer(), 0, (int)symbols.Length);
        });
        return new CodeFileSize(tables.Length, symbols.Length);
    }

    /// <summary>Reads codes.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not one of codes, or is damaged.</exception>
    public static QuantizedCodes Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        using MemoryStream stream = new(bytes);
        using BinaryReader reader = new(stream);
        try
        {
            return Read(reader, bytes);
        }
        catch (Exception exception) when (exception is EndOfStreamException or FormatException or OverflowException)
        {
            throw Damaged(path, "its tables end too early or hold numbers that fit no codes", exception);
        }
        catch (InvalidDataException exception)
        {
            throw Damaged(path, exception.Message, exception);
        }
    }

    private static InvalidDataException Damaged(string path, string found, Exception exception) => new(
        $"{path}: must be a whole file of codes, but {found}. Write the file again.", exception);

    private static void WriteTables(BinaryWriter writer, QuantizedCodes codes)
    {
        writer.Write(Magic);
        writer.Write7BitEncodedInt(codes.Rows);
        writer.Write7BitEncodedInt(codes.Latents);
        for (int latent = 0; latent < codes.Latents; latent++)
        {
            writer.Write(codes.Upper[latent]);
            writer.Write7BitEncodedInt(codes.Bins[latent]);
            foreach (long count in codes.CountsOf(latent))
            {
                writer.Write7BitEncodedInt64(count);
            }
        }
    }

    private static void WriteSymbols(Stream stream, QuantizedCodes codes)
    {
        RangeEncoder encoder = new(stream);
        long[][] starts = [.. Enumerable.Range(0, codes.Latents).Select(latent => Starts(codes.CountsOf(latent)))];
        for (int row = 0; row < codes.Rows; row++)
        {
            long entry = codes.Offsets[row];
            for (int latent = 0; latent < codes.Latents; latent++)
            {
                long active = starts[latent][^1];
                bool isActive = entry < codes.Offsets[row + 1] && codes.Columns[entry] == latent;
                if (active > 0 && active < codes.Rows)
                {
                    encoder.Write(isActive ? 0 : active, isActive ? active : codes.Rows - active, codes.Rows);
                }

                if (isActive)
                {
                    int place = codes.Places[entry++];
                    long[] start = starts[latent];
                    encoder.Write(start[place], start[place + 1] - start[place], active);
                }
            }
        }

        encoder.Finish();
    }

    private static QuantizedCodes Read(BinaryReader reader, byte[] bytes)
    {
        if (reader.ReadUInt32() != Magic)
        {
            throw new InvalidDataException("it does not begin like one");
        }

        int rows = reader.Read7BitEncodedInt();
        int latents = reader.Read7BitEncodedInt();
        // Every latent takes at least its edge and a number of bins: a huge number cannot be true.
        if (rows < 0 || latents < 0 || latents > bytes.Length)
        {
            throw new FormatException();
        }

        float[] upper = new float[latents];
        long[][] starts = new long[latents][];
        for (int latent = 0; latent < latents; latent++)
        {
            upper[latent] = reader.ReadSingle();
            starts[latent] = ReadStarts(reader, rows, bytes.Length);
        }

        return ReadSymbols(bytes[(int)reader.BaseStream.Position..], rows, upper, starts);
    }

    private static long[] ReadStarts(BinaryReader reader, int rows, int mostBins)
    {
        int bins = reader.Read7BitEncodedInt();
        if (bins < 1 || bins > mostBins)
        {
            throw new FormatException();
        }

        long[] counts = new long[bins];
        for (int bin = 0; bin < bins; bin++)
        {
            counts[bin] = reader.Read7BitEncodedInt64();
        }

        if (counts.Any(count => count < 0 || count > rows) || counts.Sum() > rows)
        {
            throw new FormatException();
        }

        return Starts(counts);
    }

    private static QuantizedCodes ReadSymbols(byte[] bytes, int rows, float[] upper, long[][] starts)
    {
        if (bytes.Length < LeastCodeBytes)
        {
            throw new InvalidDataException("it ends before its codes");
        }

        RangeDecoder decoder = new(bytes);
        long[] offsets = new long[rows + 1];
        List<int> columns = [];
        List<int> places = [];
        for (int row = 0; row < rows; row++)
        {
            for (int latent = 0; latent < starts.Length; latent++)
            {
                if (ReadActivity(decoder, starts[latent][^1], rows))
                {
                    columns.Add(latent);
                    places.Add(ReadPlace(decoder, starts[latent]));
                }
            }

            offsets[row + 1] = places.Count;
        }

        QuantizedCodes codes = new(
            new SparseRows(offsets, [.. columns], []),
            Array.ConvertAll(starts, start => start.Length - 1),
            upper,
            [.. places]);
        bool isTrue = decoder.IsAtEnd
            && Enumerable.Range(0, starts.Length).All(i => Starts(codes.CountsOf(i)).SequenceEqual(starts[i]));
        return isTrue ? codes : throw new InvalidDataException("its codes do not have the counts of its tables");
    }

    private static bool ReadActivity(RangeDecoder decoder, long active, int rows)
    {
        if (active == 0 || active == rows)
        {
            return active > 0;
        }

        bool isActive = decoder.Peek(rows) < active;
        decoder.Take(isActive ? 0 : active, isActive ? active : rows - active);
        return isActive;
    }

    private static int ReadPlace(RangeDecoder decoder, long[] start)
    {
        long number = decoder.Peek(start[^1]);
        // The last place that begins at or before the number: empty bins begin where the next one does.
        int low = 0;
        int high = start.Length - 1;
        while (high - low > 1)
        {
            int middle = (low + high) / 2;
            (low, high) = start[middle] <= number ? (middle, high) : (low, middle);
        }

        decoder.Take(start[low], start[low + 1] - start[low]);
        return low;
    }

    /// <summary>Returns the sum of the counts before each bin, and of all.</summary>
    private static long[] Starts(IReadOnlyList<long> counts)
    {
        long[] starts = new long[counts.Count + 1];
        for (int bin = 0; bin < counts.Count; bin++)
        {
            starts[bin + 1] = starts[bin] + counts[bin];
        }

        return starts;
    }
}
