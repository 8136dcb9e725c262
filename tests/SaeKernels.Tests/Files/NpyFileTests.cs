using System.Text;
using SaeKernels.Files;

namespace SaeKernels.Tests;

public sealed class NpyFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData(1, "<f4")]
    [InlineData(2, "<f2")]
    [InlineData(3, "<f8")]
    public void Every_version_and_float_type_is_read(int version, string descr)
    {
        byte[] data = descr switch
        {
            "<f4" => [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)],
            "<f2" => [.. BitConverter.GetBytes((Half)1.5), .. BitConverter.GetBytes((Half)(-2))],
            _ => [.. BitConverter.GetBytes(1.5), .. BitConverter.GetBytes(-2.0)],
        };
        using NpyFile file = NpyFile.Open(Write(version, Dictionary(descr, "(1, 2)"), data));
        float[] values = new float[2];

        file.ReadSingles(0, values);

        Assert.Equal([1L, 2L], file.Array.Shape);
        Assert.Equal([1.5f, -2f], values);
    }

    [Theory]
    [InlineData("()", "[]", 4)]
    [InlineData("(3,)", "[3]", 12)]
    [InlineData("(1, 3, 1)", "[1, 3, 1]", 12)]
    public void Every_way_to_write_a_shape_is_read(string shape, string expected, int bytes)
    {
        using NpyFile file = NpyFile.Open(Write(1, Dictionary("<f4", shape), new byte[bytes]));

        Assert.Equal(expected, file.Array.ShapeText);
    }

    [Theory]
    [InlineData(TensorType.F32)]
    [InlineData(TensorType.F16)]
    [InlineData(TensorType.F64)]
    public void What_was_written_is_read_back(TensorType type)
    {
        string path = this.folder.PathOf("written.npy");
        NpyFile.Write(path, TensorContent.Singles("any", [2, 2], (_, to) => to.Fill(3), type));

        using NpyFile file = NpyFile.Open(path);
        float[] values = new float[4];
        file.ReadSingles(0, values);

        Assert.Equal([3f, 3, 3, 3], values);
        Assert.Equal(0, file.DataOffset % 64);
        Assert.Equal((byte)'\n', File.ReadAllBytes(path)[file.DataOffset - 1]);
    }

    [Fact]
    public void Fortran_order_is_refused_with_the_remedy()
    {
        string path = Write(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }", new byte[16]);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => NpyFile.Open(path));
        Assert.Equal(
            $"{path}: must be in C order (fortran_order False), but is in Fortran order. "
            + "Save numpy.ascontiguousarray(array) instead.",
            fault.Message);
    }

    [Theory]
    [InlineData(">f4", "but is >f4, which is big-endian. Save array.astype('<f4') instead.")]
    [InlineData("<c8", "but is <c8. Save array.astype('<f4') instead.")]
    [InlineData("|O", "but is |O. Save array.astype('<f4') instead.")]
    public void Other_element_types_are_refused_with_the_remedy(string descr, string expected)
    {
        string path = Write(1, Dictionary(descr, "(1, 1)"), new byte[8]);

        Assert.EndsWith(expected, Assert.Throws<InvalidDataException>(() => NpyFile.Open(path)).Message);
    }

    [Theory]
    [InlineData("(2, 3)", 23, "must have 24 bytes after its header for shape [2, 3], but has 23.")]
    [InlineData("(2, 3)", 25, "must have 24 bytes after its header for shape [2, 3], but has 25.")]
    [InlineData("(4294967296, 4294967296)", 8, "the shape must have fewer than 2^63 bytes, but is [4294967296, "
        + "4294967296].")]
    [InlineData("(-1, 2)", 8, "the shape must hold whole numbers from 0 to 2^63 - 1, but is (-1, 2).")]
    [InlineData("(99999999999999999999,)", 8, "the shape must hold whole numbers from 0 to 2^63 - 1, but is "
        + "(99999999999999999999,).")]
    [InlineData("7", 8, "the header must name a plain shape, but reads {'descr': '<f4', 'fortran_order': False, "
        + "'shape': 7, }.")]
    public void A_header_that_lies_is_refused(string shape, int bytes, string expected)
    {
        string path = Write(1, Dictionary("<f4", shape), new byte[bytes]);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => NpyFile.Open(path));
        Assert.Equal($"{path}: {expected} Write the file again.", fault.Message);
    }

    [Fact]
    public void A_structured_type_is_refused()
    {
        string path = Write(1, "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,), }", new byte[4]);

        Assert.Contains(
            "the header must name a plain "
            + "descr",
            Assert.Throws<InvalidDataException>(() => NpyFile.Open(path)).Message);
    }

    [Fact]
    public void Another_kind_of_file_is_refused()
    {
        string path = this.folder.WriteBytes("bad.npy", new byte[100]);

        Assert.Contains(
            "but does not; it is no .npy "
            + "file.",
            Assert.Throws<InvalidDataException>(() => NpyFile.Open(path)).Message);
    }

    [Fact]
    public void A_header_length_beyond_the_file_is_refused()
    {
        byte[] bytes = File.ReadAllBytes(Write(2, Dictionary("<f4", "(1, 1)"), new byte[4]));
        bytes.AsSpan(8, 4).Fill(0xFF);
        string path = this.folder.WriteBytes("bad.npy", bytes);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => NpyFile.Open(path));
        Assert.Contains($"the header must have at most {bytes.Length - 12} bytes", fault.Message);
        Assert.Contains("but its length field says 4294967295.", fault.Message);
    }

    [Fact]
    public void An_unknown_version_is_refused()
    {
        string path = Write(4, Dictionary("<f4", "(1, 1)"), new byte[4]);

        Assert.Contains(
            "must be of format version 1, 2 or 3, but is of version 4.",
            Assert.Throws<InvalidDataException>(() => NpyFile.Open(path)).Message);
    }

    [Fact]
    public void A_type_that_numpy_lacks_cannot_be_written()
    {
        TensorContent content = TensorContent.Singles("t", [1], (_, to) => to.Clear(), TensorType.BF16);

        ArgumentException fault = Assert.Throws<ArgumentException>(() => NpyFile.Write("x.npy", content));
        Assert.Equal("x.npy: an .npy file cannot hold BF16. Pass F32 or F16, or write safetensors.", fault.Message);
    }

    public void Dispose() => this.folder.Dispose();

    private static string Dictionary(string descr, string shape) =>
        $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}";

    private string Write(int version, string header, byte[] data)
    {
        byte[] text = Encoding.ASCII.GetBytes(header.PadRight(117) + "\n");
        byte[] length = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes(text.Length);
        byte[] start = [0x93, .. "NUMPY"u8, (byte)version, 0];
        return this.folder.WriteBytes("array.npy", [.. start, .. length, .. text, .. data]);
    }
}
