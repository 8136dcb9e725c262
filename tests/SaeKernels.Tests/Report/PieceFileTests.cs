using System.Text;
using SaeKernels.Report;

namespace SaeKernels.Tests.Report;

public sealed class PieceFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void A_json_list_is_read_as_it_is() =>
        Assert.Equal(["a", "\n", "</script>", "é"], Read("v.json", "[\"a\", \"\\n\", \"</script>\", \"\\u00e9\"]"));

    [Fact]
    public void A_json_object_gives_each_piece_its_number() =>
        Assert.Equal(["zero", "", "two"], Read("v.json", "{\"two\": 2, \"zero\": 0}"));

    [Fact]
    public void Half_a_surrogate_pair_is_shown_as_its_escape() =>
        Assert.Equal(["\\ud800"], Read("v.json", "[\"\\ud800\"]"));

    [Fact]
    public void Lines_may_end_as_on_any_system_and_may_be_empty() =>
        Assert.Equal(["a", "", "b"], Read("v.txt", "a\r\n\nb\n"));

    [Fact]
    public void Bytes_that_are_not_utf8_can_be_seen()
    {
        this.folder.WriteBytes("v.txt", [.. "a"u8, 0xFF, 0xC3, (byte)'\n', .. "é"u8]);

        Assert.Equal(["a\\xFF\\xC3", "é"], PieceFile.Read(this.folder.PathOf("v.txt")));
    }

    [Theory]
    [InlineData("3")]
    [InlineData("[\"a\"")]
    [InlineData("{\"a\": -1}")]
    [InlineData("{\"a\": \"b\"}")]
    public void Other_json_is_refused(string text) =>
        Assert.Contains("v.json", Assert.Throws<InvalidDataException>(() => Read("v.json", text)).Message);

    [Theory]
    [InlineData("")]
    [InlineData("a\nb\0c")]
    public void A_file_without_text_is_refused(string text) =>
        Assert.Contains("v.txt", Assert.Throws<InvalidDataException>(() => Read("v.txt", text)).Message);

    [Fact]
    public void Labels_are_a_json_object_or_lines_with_a_tab()
    {
        this.folder.WriteBytes("l.json", Encoding.UTF8.GetBytes("{\"2\": \"two\"}"));
        this.folder.WriteBytes("l.txt", Encoding.UTF8.GetBytes("0\tzero\tand more\n2\ttwo\n"));
        this.folder.WriteBytes("far.txt", Encoding.UTF8.GetBytes("3\tthree\n"));

        Assert.Equal([null, null, "two"], LabelFile.Read(this.folder.PathOf("l.json"), 3));
        Assert.Equal(["zero\tand more", null, "two"], LabelFile.Read(this.folder.PathOf("l.txt"), 3));
        Assert.Throws<InvalidDataException>(() => LabelFile.Read(this.folder.PathOf("far.txt"), 3));
    }

    public void Dispose() => this.folder.Dispose();

    private IReadOnlyList<string> Read(string name, string text)
    {
        this.folder.WriteBytes(name, Encoding.UTF8.GetBytes(text));
        return PieceFile.Read(this.folder.PathOf(name));
    }
}
