using System.Buffers.Binary;
using SaeKernels.Files;
using SaeKernels.Numerics;

namespace SaeKernels.Tests;

public sealed class SafetensorsFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void What_was_written_is_read_back()
    {
        string path = this.folder.PathOf("all.safetensors");
        SafetensorsWriter.Write(
            path,
            [
                TensorContent.Int32s("small", [3], (first, to) => Fill(to, i => (int)(first + i) - 1)),
                TensorContent.Singles("f16", [5], (first, to) => Fill(to, i => first + i + 0.5f), TensorType.F16),
                TensorContent.Singles("weights", [2, 3], (first, to) => Fill(to, i => (first + i) * 0.1f)),
                TensorContent.Singles("bf16", [3], (first, to) => Fill(to, i => -(first + i)), TensorType.BF16),
                TensorContent.Singles("f64", [1], (_, to) => to.Fill(0.1f), TensorType.F64),
                TensorContent.Int64s("large", [2], (_, to) => to.Fill(long.MinValue)),
                TensorContent.Singles("number", [], (_, to) => to.Fill(7)),
                TensorContent.Singles("nothing", [0, 4], (_, to) => to.Fill(7)),
            ],
            new Dictionary<string, string> { ["made by"] = "a \"test\"" });

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal("a \"test\"", file.Metadata["made by"]);
        Assert.Equal([-1L, 0, 1], Integers(file, "small"));
        Assert.Equal([long.MinValue, long.MinValue], Integers(file, "large"));
        Assert.Equal([0.5f, 1.5f, 2.5f, 3.5f, 4.5f], Singles(file, "f16"));
        Assert.Equal([0, 0.1f, 0.2f, 3 * 0.1f, 0.4f, 0.5f], Singles(file, "weights"));
        Assert.Equal([0, -1f, -2f], Singles(file, "bf16"));
        Assert.Equal([0.1f], Singles(file, "f64"));
        Assert.Equal([7f], Singles(file, "number"));
        Assert.Empty(Singles(file, "nothing"));
        Assert.Equal("[2, 3]", file.Tensors["weights"].ShapeText);
        Assert.All(file.Tensors.Values, t => Assert.Equal(0, t.Offset % TensorTypes.SizeOf(t.Type)));
    }

    [Fact]
    public void Every_float16_is_converted_exactly()
    {
        byte[] data = Enumerable.Range(0, 1 << 16).SelectMany(i => BitConverter.GetBytes((ushort)i)).ToArray();
        using SafetensorsFile file = Open("F16", data, 1 << 16);

        float[] found = Singles(file, "t");

        Assert.All(Enumerable.Range(0, 1 << 16), i =>
            Assert.Equal((float)BitConverter.UInt16BitsToHalf((ushort)i), found[i]));
        Assert.Equal(float.NegativeZero, found[0x8000]);
        Assert.True(float.IsNegative(found[0x8000]));
    }

    [Fact]
    public void Every_bfloat16_is_converted_exactly()
    {
        byte[] data = Enumerable.Range(0, 1 << 16).SelectMany(i => BitConverter.GetBytes((ushort)i)).ToArray();
        using SafetensorsFile file = Open("BF16", data, 1 << 16);

        float[] found = Singles(file, "t");

        Assert.All(Enumerable.Range(0, 1 << 16), i => Assert.Equal(Bfloat16.ToSingle((ushort)i), found[i]));
    }

    [Theory]
    [InlineData("I64", 8, -1L)]
    [InlineData("I32", 4, -1L)]
    [InlineData("I16", 2, -1L)]
    [InlineData("I8", 1, -1L)]
    [InlineData("U32", 4, uint.MaxValue)]
    [InlineData("U16", 2, ushort.MaxValue)]
    [InlineData("U8", 1, byte.MaxValue)]
    public void Every_integer_type_is_read_with_its_sign(string type, int size, long expected)
    {
        byte[] data = new byte[size];
        data.AsSpan().Fill(0xFF);
        using SafetensorsFile file = Open(type, data, 1);

        Assert.Equal([expected], Integers(file, "t"));
    }

    [Fact]
    public void An_unsigned_number_beyond_the_range_is_refused()
    {
        byte[] data = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(data, 1UL << 63);
        using SafetensorsFile file = Open("U64", data, 1);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Integers(file, "t"));
        Assert.EndsWith(
            "the elements of 't' must be below 2^63, but one is not. Store smaller "
            + "numbers.",
            fault.Message);
    }

    [Fact]
    public void A_part_is_read_from_the_right_place()
    {
        string path = this.folder.PathOf("part.safetensors");
        const int Count = 300_000;
        SafetensorsWriter.Write(
            path,
            [TensorContent.Singles("t", [Count], (first, to) => Fill(to, i => (first + i) % 1999), TensorType.F16)]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        float[] part = new float[280_000];

        file.ReadSingles(file.Tensors["t"], 1234, part);

        Assert.All(Enumerable.Range(0, part.Length), i => Assert.Equal((1234 + i) % 1999, part[i]));
    }

    [Fact]
    public void Reading_the_wrong_kind_is_refused()
    {
        using SafetensorsFile file = Open("I32", new byte[4], 1);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Singles(file, "t"));
        Assert.EndsWith(
            "'t' must be of type F32, F16, BF16 or F64, but is I32. Convert it, or name another "
            + "tensor.",
            fault.Message);
    }

    [Fact]
    public void Reading_outside_a_tensor_is_refused()
    {
        using SafetensorsFile file = Open("F32", new byte[8], 2);

        ArgumentOutOfRangeException fault = Assert.Throws<ArgumentOutOfRangeException>(
            () => file.ReadSingles(file.Tensors["t"], 1, new float[2]));
        Assert.Contains("a read must lie inside elements 0 to 2 of 't', but covers 1 to 3. Read less.", fault.Message);
    }

    [Fact]
    public void A_file_that_shrinks_while_open_is_a_clear_error()
    {
        using SafetensorsFile file = Open("F32", new byte[4000], 1000);
        long length = file.Length;
        this.folder.CutTo("open.safetensors", length - 2000);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => Singles(file, "t"));
        Assert.EndsWith(
            $"must reach to byte {length}, but ends after {length - 2000}; it had {length} bytes when it was opened. "
            + "Write the file again, and not while it is read.",
            fault.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        string path = this.folder.PathOf("none.safetensors");

        FileNotFoundException fault = Assert.Throws<FileNotFoundException>(() => SafetensorsFile.Open(path));
        Assert.Equal($"{path}: a file must be here, but there is none. Check the path.", fault.Message);
    }

    [Fact]
    public void A_short_file_opens_when_that_is_allowed()
    {
        string path = this.folder.WriteRaw("open.safetensors", Header("F32", 1000, 4000), 2002);
        using SafetensorsFile file = SafetensorsFile.Open(path, allowShort: true);

        Assert.Equal(500, file.AvailableElements(file.Tensors["t"]));
    }

    public void Dispose() => this.folder.Dispose();

    private static string Header(string type, int count, int bytes) =>
        $$$"""{"t":{"dtype":"{{{type}}}","shape":[{{{count}}}],"data_offsets":[0,{{{bytes}}}]}}""";

    private static void Fill<T>(Span<T> destination, Func<int, T> value)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            destination[i] = value(i);
        }
    }

    private static float[] Singles(SafetensorsFile file, string name)
    {
        float[] values = new float[file.Tensors[name].ElementCount];
        file.ReadSingles(file.Tensors[name], 0, values);
        return values;
    }

    private static long[] Integers(SafetensorsFile file, string name)
    {
        long[] values = new long[file.Tensors[name].ElementCount];
        file.ReadInt64s(file.Tensors[name], 0, values);
        return values;
    }

    private SafetensorsFile Open(string type, byte[] data, int count)
    {
        string path = this.folder.WriteRaw("open.safetensors", Header(type, count, data.Length), data.Length);
        using (FileStream stream = new(path, FileMode.Open))
        {
            stream.Seek(-data.Length, SeekOrigin.End);
            stream.Write(data);
        }

        return SafetensorsFile.Open(path);
    }
}
