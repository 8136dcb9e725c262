using SaeKernels.Files;

namespace SaeKernels.Tests;

public sealed class SafetensorsHeaderTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Theory]
    [InlineData(
        """{"t":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},"t":{"dtype":"U8","shape":[0],"data_offsets":[8,8]}}""",
        "every name must occur once in the header, but 't' occurs twice.")]
    [InlineData(
        """{"t":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}""",
        "the dtype of 't' must be one of F32, F16, BF16, F64, I64, I32, I16, I8, U64, U32, U16, U8, BOOL, but is "
        + "'F8_E4M3'.")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""",
        "shape of 't' must hold whole numbers from 0 to 2^63 - 1, but number 0 is -2.")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[1.5],"data_offsets":[0,8]}}""",
        "shape of 't' must hold whole numbers from 0 to 2^63 - 1, but number 0 is 1.5.")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}""",
        "the shape of 't' must have fewer than 2^63 bytes, but is [4294967296, 4294967296].")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}}""",
        "shape of 't' must hold whole numbers from 0 to 2^63 - 1, but number 0 is 99999999999999999999.")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""",
        "'t' of type F32 and shape [3] must have 12 bytes, but data_offsets give it 8.")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""",
        "data_offsets of 't' must be [begin, end] with begin <= end, but is [8, 0].")]
    [InlineData(
        """{"t":{"dtype":"U8","shape":[0],"data_offsets":[9223372036854775807,9223372036854775807]}}""",
        "data_offsets of 't' must be [begin, end] with begin <= end, but is [9223372036854775807, "
        + "9223372036854775807].")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8,9]}}""",
        "data_offsets of 't' must be [begin, end] with begin <= end, but is [0, 8, 9].")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[2]}}""",
        "'t' must have dtype, shape and data_offsets, but data_offsets is missing.")]
    [InlineData(
        """{"__metadata__":{"a":1},"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
        "__metadata__ must map text to text, but 'a' is Number.")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[5],"data_offsets":[3,8]}}""",
        "they overlap.")]
    [InlineData(
        """{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}""",
        "there is a hole between them.")]
    [InlineData(
        """{"t":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        "there is a hole between them.")]
    [InlineData("""{"t":{"dtype":"U8","shape":[7],"data_offsets":[0,7]}}""", "bytes as its header says, but has ")]
    [InlineData("""{"t":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""", "bytes as its header says, but has ")]
    [InlineData("""{"t":7}""", "the header must be a JSON object that describes tensors, but is not: ")]
    [InlineData("""["t"]""", "the header must be a JSON object that describes tensors, but is not: ")]
    [InlineData("""{"t":""", "the header must be a JSON object that describes tensors, but is not: ")]
    [InlineData("""{"\ud800":7}""", "the header must be a JSON object that describes tensors, but is not: ")]
    public void A_header_that_lies_is_refused(string header, string expected)
    {
        string path = this.folder.WriteRaw("bad.safetensors", header, dataBytes: 8);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.StartsWith(path + ": ", fault.Message);
        Assert.Contains(expected, fault.Message);
        Assert.EndsWith(
            "rite the file again.", fault.Message.Replace("write it again.", "Write the file "
            + "again.",
            StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(-1, "18446744073709551615")]
    [InlineData(long.MaxValue, "9223372036854775807")]
    [InlineData(100_000_001, "100000001")]
    [InlineData(11, "11")]
    public void A_length_prefix_that_lies_is_refused(long prefix, string shown)
    {
        string path = this.folder.WriteRaw("bad.safetensors", "{}", dataBytes: 8, prefix);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.Contains(
            "the header must have at most 10 bytes (100000000 in any file, and it must fit the 18 bytes of this "
            + $"one), but its length prefix says {shown}.",
            fault.Message);
    }

    [Fact]
    public void A_header_of_more_than_the_limit_is_refused_even_where_it_fits()
    {
        string path = this.folder.WriteRaw("sparse.safetensors", "{}", dataBytes: 0, prefix: 100_000_001);
        this.folder.CutTo("sparse.safetensors", 200_000_000);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.Contains("the header must have at most 100000000 bytes", fault.Message);
    }

    [Fact]
    public void A_file_without_room_for_the_prefix_is_refused()
    {
        string path = this.folder.WriteBytes("bad.safetensors", new byte[7]);

        InvalidDataException fault = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
        Assert.EndsWith(
            "must begin with 8 bytes that hold the length of the header, but has 7 bytes. Write the file "
            + "again.",
            fault.Message);
    }

    [Fact]
    public void A_header_without_tensors_and_with_trailing_spaces_is_fine()
    {
        using SafetensorsFile file = SafetensorsFile.Open(this.folder.WriteRaw("a.safetensors", "{}   ", dataBytes: 0));

        Assert.Empty(file.Tensors);
    }

    [Fact]
    public void A_name_cannot_be_written_twice()
    {
        TensorContent tensor = TensorContent.Singles("t", [1], (_, to) => to.Clear());

        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => SafetensorsWriter.Write("x", [tensor, tensor]));
        Assert.Equal(
            "x: tensor names must differ from each other and from __metadata__, but 't' does not. Rename it.",
            fault.Message);
    }

    [Fact]
    public void A_negative_dimension_cannot_be_written()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => TensorContent.Singles("t", [2, -1], (_, to) => to.Clear()));
        Assert.StartsWith(
            "t: the shape must have dimensions of at least 0 and fewer than 2^63 bytes, but is [2, "
            + "-1].",
            fault.Message);
    }

    public void Dispose() => this.folder.Dispose();
}
