using System.Globalization;
using System.Security.Cryptography;

namespace SaeKernels.Factorization;

/// <summary>Reads a file of codes, vector after vector, in memory that does not grow with them.</summary>
/// <remarks>A file that was damaged is refused when it is opened, by its checksum. Used by one thread at a time.
/// </remarks>
public sealed class CodeFileReader : IDisposable
{
    private readonly Stream stream;
    private readonly CodeSymbols symbols;
    private readonly RangeDecoder decoder;
    private readonly long[][] counts;
    private readonly string path;
    private long read;

    private CodeFileReader(string path, Stream stream, CodeFileHeader header)
    {
        this.path = path;
        this.stream = stream;
        this.Table = header.Table;
        this.Model = header.Model;
        long codes = stream.Length - stream.Position - CodeFile.ChecksumBytes;
        this.Size = new CodeFileSize(stream.Length - codes, codes);
        this.symbols = new CodeSymbols(header.Table);
        this.decoder = new RangeDecoder(new BufferedStream(stream, 1 << 16), codes);
        this.counts = [.. header.Table.Bins.Counts.Select(count => new long[count])];
    }

    /// <summary>The bins, and how many entries are in each.</summary>
    public CodeTable Table { get; }

    /// <summary>The SHA-256 of the model that found the codes, as hexadecimal digits; empty where it is not known.
    /// </summary>
    public string Model { get; }

    /// <summary>What the parts of the file take.</summary>
    public CodeFileSize Size { get; }

    /// <summary>Opens a file and checks its checksum and its tables.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not one of codes, or is damaged.</exception>
    public static CodeFileReader Open(string path)
    {
        if (!File.Exists(path))
        {
            string found = Directory.Exists(path) ? "is a folder. Name the file" : "does not exist. Check the path";
            throw new FileNotFoundException($"{path}: must be a file of codes, but {found}.", path);
        }

        FileStream stream = File.OpenRead(path);
        try
        {
            CodeFileHeader header = CodeFileHeader.Read(stream);
            RequireChecksum(stream);
            RequireLength(header.Table, stream.Length - stream.Position - CodeFile.ChecksumBytes);
            return new CodeFileReader(path, stream, header);
        }
        catch (Exception exception) when (
            exception is EndOfStreamException or FormatException or OverflowException or InvalidDataException)
        {
            stream.Dispose();
            string found = exception is InvalidDataException
                ? exception.Message
                : "its tables end too early or hold numbers that fit no codes";
            throw CodeFile.Damaged(path, found, exception);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next vector.</summary>
    /// <param name="latents">Receives its active latents, ascending, behind those that are there.</param>
    /// <param name="places">Receives the bin of each.</param>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="InvalidDataException">The codes are not those that the tables count.</exception>
    public bool Read(List<int> latents, List<int> places)
    {
        ArgumentNullException.ThrowIfNull(latents);
        ArgumentNullException.ThrowIfNull(places);
        if (this.read == this.Table.Vectors)
        {
            RequireCounts();
            return false;
        }

        int entry = places.Count;
        this.symbols.Read(this.decoder, latents, places);
        for (; entry < places.Count; entry++)
        {
            this.counts[latents[entry]][places[entry]]++;
        }

        this.read++;
        return true;
    }

    /// <summary>Throws unless a model is the one that found the codes.</summary>
    /// <param name="sae">The model.</param>
    /// <exception cref="InvalidDataException">It is another one.</exception>
    public void RequireModel(Sae sae)
    {
        string found = ModelHash.Of(sae);
        if (found != this.Model)
        {
            throw new InvalidDataException(
                $"{this.path}: the model must be the one that found the codes, {Short(this.Model)}, but is "
                + $"{Short(found)}. Name that model.");
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => this.stream.Dispose();

    private static string Short(string hash) => hash.Length == 0 ? "an unknown one" : $"{hash[..12]}…";

    // The position stays behind the header.
    private static void RequireChecksum(FileStream stream)
    {
        long codes = stream.Position;
        long length = stream.Length - CodeFile.ChecksumBytes;
        if (length - codes < CodeFile.LeastCodeBytes)
        {
            throw new InvalidDataException("it ends before its codes");
        }

        stream.Position = 0;
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[1 << 20];
        for (long left = length; left > 0;)
        {
            int count = (int)Math.Min(piece.Length, left);
            stream.ReadExactly(piece, 0, count);
            hash.AppendData(piece, 0, count);
            left -= count;
        }

        byte[] stored = new byte[CodeFile.ChecksumBytes];
        stream.ReadExactly(stored);
        if (!hash.GetHashAndReset().AsSpan(0, CodeFile.ChecksumBytes).SequenceEqual(stored))
        {
            throw new InvalidDataException("its contents do not match its checksum");
        }

        stream.Position = codes;
    }

    // A range coder never writes less than the surprisal of its symbols: tables that claim more were not written with
    // these codes. Sums of surprisals are true to far more than nine digits.
    private static void RequireLength(CodeTable table, long codeBytes)
    {
        double bits = new CodeLength(table).BitsPerVector * table.Vectors;
        if (8.0 * codeBytes < bits * (1 - 1e-9))
        {
            throw new InvalidDataException(string.Create(
                CultureInfo.InvariantCulture,
                $"its tables need {bits / 8:F0} bytes of codes, where there are {codeBytes}"));
        }
    }

    private void RequireCounts()
    {
        if (!this.decoder.IsAtEnd
            || !this.counts.Index().All(latent => latent.Item.SequenceEqual(this.Table.CountsOf(latent.Index))))
        {
            throw CodeFile.Damaged(this.path, "its codes do not have the counts of its tables");
        }
    }
}
