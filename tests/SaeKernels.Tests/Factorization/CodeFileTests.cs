using System.Security.Cryptography;
using SaeKernels.Factorization;
using SaeKernels.Numerics;

namespace SaeKernels.Tests.Factorization;

public sealed class CodeFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    private string File1 => this.folder.PathOf("codes.bin");

    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(5, 3, 1, 4)]
    [InlineData(3000, 64, 3, 32)]
    [InlineData(500, 1000, 20, 100)]
    public void What_is_read_is_what_was_written(int rows, int latents, int active, int bins)
    {
        QuantizedCodes codes = QuantizedCodes.ByCount(CodeLengthTests.Even(rows, latents, active), latents, bins);
        CodeFileSize size = CodeFile.Write(this.File1, codes);
        QuantizedCodes read = CodeFile.Read(this.File1);

        Assert.Equal(codes.Values.Offsets, read.Values.Offsets);
        Assert.Equal(codes.Values.Columns, read.Values.Columns);
        Assert.Equal(codes.Values.Values, read.Values.Values);
        Assert.Equal(codes.BinsOfLatents, read.BinsOfLatents);
        Assert.Equal(new FileInfo(this.File1).Length, size.HeaderBytes + size.CodeBytes);
    }

    [Fact]
    public void The_file_is_as_long_as_the_description_length_says()
    {
        foreach ((int rows, int latents, int active, int bins) in
            new[] { (1, 8, 2, 4), (100, 64, 3, 16), (5000, 64, 3, 32), (2000, 512, 16, 64) })
        {
            QuantizedCodes codes = QuantizedCodes.ByCount(CodeLengthTests.Even(rows, latents, active), latents, bins);
            double expected = new CodeLength(codes).BitsPerVector * rows;
            double bits = 8.0 * CodeFile.Write(this.File1, codes).CodeBytes;

            Assert.InRange(bits, expected - 64, (expected * 1.01) + 64);
        }
    }

    [Fact]
    public void Rare_latents_and_skewed_values_cost_no_more_than_their_surprisal()
    {
        RandomSequence random = new(5, RandomPurpose.General);
        List<long> offsets = [0];
        List<int> columns = [];
        List<float> values = [];
        for (int row = 0; row < 20_000; row++)
        {
            for (int latent = 0; latent < 40; latent++)
            {
                // From every second vector to one in 2²⁰.
                if (random.NextDouble() < Math.Pow(2, -1 - (latent / 2.0)))
                {
                    columns.Add(latent);
                    values.Add((float)-Math.Log(1 - random.NextDouble()) + 1e-6f);
                }
            }

            offsets.Add(values.Count);
        }

        QuantizedCodes codes =
            QuantizedCodes.ByWidth(new SparseRows([.. offsets], [.. columns], [.. values]), 40, 0.05f);
        double expected = new CodeLength(codes).BitsPerVector * 20_000;
        double bits = 8.0 * CodeFile.Write(this.File1, codes).CodeBytes;

        Assert.InRange(bits, expected - 64, (expected * 1.01) + 64);
        Assert.Equal(codes.Values.Values, CodeFile.Read(this.File1).Values.Values);
    }

    [Fact]
    public void Latents_that_are_always_or_never_active_cost_nothing()
    {
        SparseRows codes = new(
            [.. Enumerable.Range(0, 1001).Select(row => (long)row)],
            [.. Enumerable.Repeat(1, 1000)],
            [.. Enumerable.Repeat(0.5f, 1000)]);
        CodeFileSize size = CodeFile.Write(this.File1, QuantizedCodes.ByCount(codes, 3, 4));

        Assert.Equal(8, size.CodeBytes);
        Assert.Equal(1000, CodeFile.Read(this.File1).Values.Values.Length);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    [InlineData(-1)]
    [InlineData(-9)]
    public void A_file_that_was_cut_off_is_refused(int length)
    {
        Write();
        long whole = new FileInfo(this.File1).Length;
        this.folder.CutTo("codes.bin", length >= 0 ? length : whole + length);

        Assert.Contains(
            "codes.bin: must be a whole file of codes",
            Assert.Throws<InvalidDataException>(() => CodeFile.Read(this.File1)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(12)]
    public void A_file_with_other_bytes_is_refused(int place)
    {
        Write();
        byte[] bytes = File.ReadAllBytes(this.File1);
        bytes[place] ^= 0x55;
        File.WriteAllBytes(this.File1, bytes);

        Assert.Throws<InvalidDataException>(() => CodeFile.Read(this.File1));
    }

    [Fact]
    public void Codes_that_the_tables_did_not_count_are_not_written()
    {
        CodeTable table = QuantizedCodes.ByCount(CodeLengthTests.Even(300, 16, 3), 16, 8).Table;

        foreach (int[] latents in (int[][])[[], [15, 3]])
        {
            _ = Assert.Throws<ArgumentException>(() =>
                CodeFile.Write(this.File1, table, string.Empty, writer => writer.Add(latents, [0, 0])));
        }

        Assert.False(File.Exists(this.File1));
    }

    // As somebody would who means harm: the checksum fits.
    [Theory]
    [InlineData(8, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f)]
    [InlineData(10, 0xff, 0xff, 0xff, 0xff, 0x07)]
    [InlineData(12, 0, 0, 0x80, 0x7f)]
    [InlineData(16, 0xff, 0xff, 0xff, 0xff, 0x07)]
    [InlineData(17, 0xff, 0xff, 0x03)]
    [InlineData(17, 0, 0)]
    public void Tables_that_fit_no_codes_are_refused(int place, params int[] bytes)
    {
        Write();
        byte[] content = File.ReadAllBytes(this.File1);
        bytes.Select(one => (byte)one).ToArray().CopyTo(content, place);
        SHA256.HashData(content.AsSpan(0, content.Length - 8)).AsSpan(0, 8).CopyTo(content.AsSpan(content.Length - 8));
        File.WriteAllBytes(this.File1, content);

        _ = Assert.Throws<InvalidDataException>(() => CodeFile.Read(this.File1));
    }

    [Fact]
    public void Tables_that_claim_more_than_the_codes_can_say_are_refused()
    {
        // Half of 1000 vectors at random take 1000 bits: 125 bytes.
        Forge(vectors: 1000, latents: 1, count: 500, codeBytes: 124);
        Assert.Contains(
            "its tables need 125 bytes of codes, where there are 124",
            Assert.Throws<InvalidDataException>(() => CodeFileReader.Open(this.File1)).Message,
            StringComparison.Ordinal);
        Forge(vectors: 1000, latents: 1, count: 500, codeBytes: 125);
        CodeFileReader.Open(this.File1).Dispose();
    }

    [Fact]
    public void Endless_codes_that_take_no_bits_fill_no_disk()
    {
        Forge(vectors: 1L << 38, latents: 1000, count: 1L << 38, codeBytes: 8);
        string path = this.folder.PathOf("codes.safetensors");

        Assert.Contains(
            "bytes must fit on the disk",
            Assert.Throws<IOException>(() => DecodedCodes.WriteCodes(this.File1, path)).Message,
            StringComparison.Ordinal);
        Assert.Equal([this.File1], Directory.GetFiles(this.folder.Root));
    }

    public void Dispose() => this.folder.Dispose();

    // A header as CodeFileHeader writes it, with a bin for each latent, behind it zeros and a checksum that fits.
    private void Forge(long vectors, int latents, long count, int codeBytes)
    {
        using MemoryStream content = new();
        CodeTable table = new(
            vectors,
            CodeBins.ByCount(new float[latents], 1),
            [.. Enumerable.Range(0, latents).Select(_ => (long[])[count])]);
        new CodeFileHeader(table, string.Empty).Write(content);
        content.Write(new byte[codeBytes]);
        content.Write(SHA256.HashData(content.ToArray()).AsSpan(0, 8));
        File.WriteAllBytes(this.File1, content.ToArray());
    }

    private void Write() =>
        CodeFile.Write(this.File1, QuantizedCodes.ByCount(CodeLengthTests.Even(300, 16, 3), 16, 8));
}
