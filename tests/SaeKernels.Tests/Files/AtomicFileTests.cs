using SaeKernels.Files;

namespace SaeKernels.Tests;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TestFolder folder = new();

    [Fact]
    public void A_file_is_replaced_and_nothing_else_is_left()
    {
        string path = this.folder.PathOf("a.json");
        AtomicFile.WriteText(path, "old and longer");

        AtomicFile.WriteText(path, "new ü");

        Assert.Equal("new ü"u8.ToArray(), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(this.folder.Root));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_file_and_no_temporary_one()
    {
        string path = this.folder.PathOf("a.json");
        AtomicFile.WriteText(path, "old");

        Assert.Throws<InvalidDataException>(() => AtomicFile.Write(path, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidDataException("the source broke");
        }));

        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(this.folder.Root));
    }

    [Fact]
    public void The_final_name_does_not_exist_before_the_end()
    {
        string path = this.folder.PathOf("a.json");
        bool existed = true;

        AtomicFile.Write(path, stream =>
        {
            stream.Write(new byte[1 << 20]);
            existed = File.Exists(path);
        });

        Assert.False(existed);
        Assert.Equal(1 << 20, new FileInfo(path).Length);
    }

    [Fact]
    public void What_no_disk_can_hold_is_not_begun()
    {
        string path = this.folder.PathOf("a.npy");

        IOException fault = Assert.Throws<IOException>(
            () => AtomicFile.Write(path, _ => Assert.Fail("nothing may be written"), long.MaxValue / 2));

        Assert.Contains($"{path}: {long.MaxValue / 2} bytes must fit", fault.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(this.folder.Root));
    }

    [Fact]
    public void A_folder_is_not_a_file_to_write()
    {
        ArgumentException fault = Assert.Throws<ArgumentException>(
            () => AtomicFile.WriteText(this.folder.Root, "x"));
        Assert.Contains($"{this.folder.Root}: must be a file to write", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_folder_is_named()
    {
        string path = this.folder.PathOf("none/a.json");

        DirectoryNotFoundException fault = Assert.Throws<DirectoryNotFoundException>(
            () => AtomicFile.WriteText(path, "x"));
        Assert.Equal(
            $"{path}: the folder {this.folder.PathOf("none")} must exist, but does not. Create it, or choose another "
            + "path.",
            fault.Message);
    }

    [SkippableFact]
    public void A_full_disk_names_the_file_and_the_bytes_needed()
    {
        Skip.IfNot(File.Exists("/dev/full"), "this system has no /dev/full");
        string path = this.folder.PathOf("weights.safetensors");

        IOException fault = Assert.Throws<IOException>(() => AtomicFile.Write(path, WriteToFullDevice, 12345));

        Assert.Equal(
            $"{path}: 12345 bytes must fit on the disk, but the disk is full. Free some space, or choose another path.",
            fault.Message);
        Assert.Empty(Directory.GetFiles(this.folder.Root));
    }

    public void Dispose() => this.folder.Dispose();

    private static void WriteToFullDevice(Stream ignored)
    {
        using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write);
        full.Write(new byte[1 << 20]);
    }
}
