using System.Security.Cryptography;
using SaeKernels.Files;

namespace SaeKernels.Factorization;

/// <summary>What a file of codes takes.</summary>
/// <param name="HeaderBytes">The sizes, the tables, the hash of the model and the checksum.</param>
/// <param name="CodeBytes">The codes themselves.</param>
public sealed record CodeFileSize(long HeaderBytes, long CodeBytes);

/// <summary>A file of quantised codes, as short as their description length says.</summary>
/// <remarks>
/// The header holds the counts of every latent's bins; then, for every vector, each latent's activity and, where it is
/// active, its bin, written by a range coder with these counts as frequencies; then a checksum. Nothing else is needed
/// to read it back. <c>docs/formats.md</c> has the bytes.
/// </remarks>
public static class CodeFile
{
    /// <summary>The checksum: the first bytes of the SHA-256 of all before it.</summary>
    internal const int ChecksumBytes = 8;

    /// <summary>The bytes that end the range coder's output.</summary>
    internal const int LeastCodeBytes = 8;

    /// <summary>Whether a file begins as files of codes do.</summary>
    /// <param name="path">A file that exists.</param>
    public static bool IsIn(string path) => CodeFileHeader.IsIn(path);

    /// <summary>Writes codes that lie on the host.</summary>
    /// <param name="path">The file; one that exists is replaced.</param>
    /// <param name="codes">The codes.</param>
    public static CodeFileSize Write(string path, QuantizedCodes codes)
    {
        ArgumentNullException.ThrowIfNull(codes);
        return Write(path, codes.Table, string.Empty, writer =>
        {
            for (int row = 0; row < codes.Rows; row++)
            {
                writer.Add(codes.ColumnsOf(row), codes.PlacesOf(row));
            }
        });
    }

    /// <summary>Writes codes that come vector after vector, in memory that does not grow with them.</summary>
    /// <param name="path">The file; one that exists is replaced once all is written.</param>
    /// <param name="table">The bins, and how many entries are in each, of at least one vector.</param>
    /// <param name="model">The SHA-256 of the model that found the codes, as hexadecimal digits; empty for none.
    /// </param>
    /// <param name="write">Adds all vectors.</param>
    /// <exception cref="ArgumentException">The codes are not those that the table counted.</exception>
    /// <exception cref="IOException">The disk is full or faulty.</exception>
    public static CodeFileSize Write(string path, CodeTable table, string model, Action<CodeFileWriter> write)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(write);
        ArgumentOutOfRangeException.ThrowIfLessThan(table.Vectors, 1);
        CodeFileSize size = new(0, 0);
        AtomicFile.Write(path, stream =>
        {
            using SHA256 hash = SHA256.Create();
            using CryptoStream hashed = new(stream, hash, CryptoStreamMode.Write, leaveOpen: true);
            using BufferedStream buffered = new(hashed, 1 << 16);
            new CodeFileHeader(table, model).Write(buffered);
            buffered.Flush();
            long header = stream.Position;
            CodeFileWriter writer = new(buffered, table);
            write(writer);
            writer.Finish();
            buffered.Flush();
            hashed.FlushFinalBlock();
            size = new CodeFileSize(header + ChecksumBytes, stream.Position - header);
            stream.Write(hash.Hash!, 0, ChecksumBytes);
        });
        return size;
    }

    /// <summary>Reads codes into memory; <see cref="CodeFileReader"/> reads them one by one.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">The file does not exist.</exception>
    /// <exception cref="InvalidDataException">The file is not one of codes, or is damaged.</exception>
    public static QuantizedCodes Read(string path)
    {
        using CodeFileReader reader = CodeFileReader.Open(path);
        List<long> offsets = [0];
        List<int> columns = [];
        List<int> places = [];
        while (reader.Read(columns, places))
        {
            offsets.Add(places.Count);
        }

        return new QuantizedCodes(
            new SparseRows([.. offsets], [.. columns], []), reader.Table.Bins, [.. places]);
    }

    /// <summary>The fault of a file that is not whole.</summary>
    internal static InvalidDataException Damaged(string path, string found, Exception? exception = null) => new(
        $"{path}: must be a whole file of codes, but {found}. Write the file again.", exception);
}
